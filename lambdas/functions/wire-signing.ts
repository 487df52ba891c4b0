/** The wiring of signatures, for the index of every function that issues tokens. */
import { secretsManagerClient } from '../crypto/secrets-manager.ts';
import { signToken } from '../crypto/sign-token.ts';
import { signingKeys } from '../crypto/signing-keys.ts';
import type { Clock } from '../domain/ports.ts';
import type { IssuePorts } from './issue.ts';

/** @param secretId the key ring */
export function wireSigning(secretId: string, clock: Clock): IssuePorts['sign'] {
  const keys = signingKeys({ client: secretsManagerClient(), secretId, clock });
  return async (claims) => {
    const key = await keys.current();
    return { token: await signToken({ ...claims }, key), kid: key.kid };
  };
}
