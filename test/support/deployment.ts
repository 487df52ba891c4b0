/**
 * The key ring of a deployment as it really runs: rotation, logins, discovery and gateways over real secrets, a
 * real ledger and real keys, on one clock.
 */
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { publishedDocument, ringDocument } from '../../lambdas/crypto/key-documents.ts';
import { publishedKeys } from '../../lambdas/crypto/published-keys.ts';
import { signToken } from '../../lambdas/crypto/sign-token.ts';
import { type SigningKeys, signingKeys } from '../../lambdas/crypto/signing-keys.ts';
import type { AuditWriter } from '../../lambdas/domain/audit.ts';
import type { KeyMaterial } from '../../lambdas/domain/key-ring.ts';
import type { RevocationWriter } from '../../lambdas/domain/ports.ts';
import { discoveryHandler } from '../../lambdas/functions/discovery/handler.ts';
import { rotationHandler } from '../../lambdas/functions/rotation/handler.ts';
import { createLog } from '../../lambdas/http/log.ts';
import { DAY, HOUR, testClock } from './clock.ts';
import { requestEvent } from './event.ts';
import { keysFrom, type TestSecrets } from './secrets.ts';

export const ISSUER = 'https://api.example.com';
export const ROTATION = 7 * DAY;

export interface Parts {
  secrets: TestSecrets;
  pool: readonly KeyMaterial[];
  revocations: RevocationWriter;
  audit?: AuditWriter;
  clock?: ReturnType<typeof testClock>;
}

const noTrail: AuditWriter = { begin: async () => undefined, end: async () => undefined };

export async function testDeployment({
  secrets,
  pool,
  revocations,
  audit = noTrail,
  clock = testClock(),
}: Parts) {
  const ringSecret = await secrets.createSecret();
  const publishedSecret = await secrets.createSecret();
  const createKey = keysFrom(pool);
  const log = createLog('test');

  /** An instance of the rotation function. */
  const rotation = (client: SecretsManagerClient = secrets.client) => {
    const pause = async () => {};
    const ports = {
      ring: ringDocument({ client, secretId: ringSecret, pause }),
      published: publishedDocument({ client, secretId: publishedSecret, pause }),
      ...{ revocations, audit },
      createKey,
      clock,
      log,
    };
    return rotationHandler(ports, { rotation: ROTATION });
  };

  /** An instance of a function that signs. */
  const signer = () => signingKeys({ client: secrets.client, secretId: ringSecret, clock });

  /** An instance of the discovery function. */
  const discovery = (client: SecretsManagerClient = secrets.client) =>
    discoveryHandler({ keys: publishedKeys({ client, secretId: publishedSecret, clock }), log }, ISSUER);

  return { clock, ringSecret, publishedSecret, rotation, signer, discovery };
}

export type Deployment = Awaited<ReturnType<typeof testDeployment>>;

/** A token of the longest life, signed now. */
export async function login(keys: SigningKeys, now: number): Promise<string> {
  const iat = Math.floor(now / 1000);
  return signToken({ iss: ISSUER, sub: 'alice', iat, exp: iat + DAY / 1000 }, await keys.current());
}

/** A gateway that trusts its copy of the JWKS for two hours, and fetches no other for a kid that is not in it. */
export function gateway({ discovery, clock }: Deployment) {
  const handler = discovery();
  let copy: { jwks: JSONWebKeySet; at: number } | undefined;
  const fetchKeys = async () => {
    const { statusCode, body } = await handler(requestEvent('GET /.well-known/jwks.json'));
    if (statusCode === 200) copy = { jwks: JSON.parse(String(body)), at: clock() };
  };
  return {
    fetchKeys,
    /** @returns whether the token passes the authorizer */
    accepts: async (token: string): Promise<boolean> => {
      if (copy === undefined || clock() >= copy.at + 2 * HOUR) await fetchKeys();
      if (copy === undefined) return false;
      const options = { algorithms: ['RS256'], issuer: ISSUER, currentDate: new Date(clock()) };
      return jwtVerify(token, createLocalJWKSet(copy.jwks), options).then(
        () => true,
        () => false,
      );
    },
  };
}

/** Makes the secrets of one deployment those of another. */
export async function copySecrets(secrets: TestSecrets, from: Deployment, to: Deployment): Promise<void> {
  for (const name of ['ringSecret', 'publishedSecret'] as const) {
    const read = await secrets.client.send(new GetSecretValueCommand({ SecretId: from[name] }));
    const { SecretString } = read;
    await secrets.client.send(new PutSecretValueCommand({ SecretId: to[name], SecretString }));
  }
}
