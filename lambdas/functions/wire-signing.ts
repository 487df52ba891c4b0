/** The wiring of signatures, for the index of every function that issues tokens or statements. */
import { secretsManagerClient } from '../crypto/secrets-manager.ts';
import { signStatement, signToken } from '../crypto/sign-token.ts';
import { type SigningKey, signingKeys } from '../crypto/signing-keys.ts';
import type { TokenClaims } from '../domain/issuance.ts';
import type { StatementClaims } from '../domain/ledger/statement.ts';
import type { Clock } from '../domain/ports.ts';
import type { IssuePorts, SignedToken } from './issue.ts';

/** @param secretId the key ring */
export const wireSigning = (secretId: string, clock: Clock): IssuePorts['sign'] =>
  signer((claims: TokenClaims, key) => signToken({ ...claims }, key), secretId, clock);

/** @param secretId the key ring */
export const wireStatementSigning = (
  secretId: string,
  clock: Clock,
): ((claims: StatementClaims) => Promise<SignedToken>) => signer(signStatement, secretId, clock);

function signer<Claims>(
  sign: (claims: Claims, key: SigningKey) => Promise<string>,
  secretId: string,
  clock: Clock,
): (claims: Claims) => Promise<SignedToken> {
  const keys = signingKeys({ client: secretsManagerClient(), secretId, clock });
  return async (claims) => {
    const key = await keys.current();
    return { token: await sign(claims, key), kid: key.kid };
  };
}
