/** The credentials that a client is born with. */
import {
  type Client,
  type Credential,
  grantTypesOf,
  PASSWORD_CREDENTIAL_ID,
  type PublicKeyCredential,
  type SecretCredential,
} from '../../domain/client.ts';
import { JWT_BEARER } from '../../domain/grant-type.ts';
import type { Random } from '../../domain/ports.ts';
import type { PublicKey } from '../../domain/public-key.ts';
import { mintApiKey, mintClientSecret, mintCredentialId, mintPassword } from '../../domain/secret-format.ts';

/** How secrets come about, and what is kept of them. */
export interface MintingPorts {
  hashSecret: (secret: string) => string;
  hashPassword: (password: string, random: Random) => Promise<string>;
  random: Random;
}

export interface FirstCredentials {
  /** What is stored. */
  credentials: Credential[];
  /** What the answer says once, under the names that it says them. */
  secrets: Record<string, string>;
}

/**
 * @returns for a user a password; for a service the keys that it brings, and where it brings none a client secret
 *   (for Basic) and an API key. Whoever proves itself by keys, or by nothing but what a trusted issuer has signed,
 *   wants no secret that lies around somewhere.
 */
export async function firstCredentials(
  client: Client,
  keys: readonly PublicKey[],
  ports: MintingPorts,
): Promise<FirstCredentials> {
  const { random, hashSecret, hashPassword } = ports;
  if (keys.length > 0 || provedByOthers(client)) {
    return { credentials: keys.map((key) => keyCredential(client, key)), secrets: {} };
  }
  if (client.kind === 'user') {
    const password = mintPassword(random);
    const hash = await hashPassword(password, random);
    return {
      credentials: [credential(client, PASSWORD_CREDENTIAL_ID, 'password', hash)],
      secrets: { password },
    };
  }
  const [secretId, keyId] = twoCredentialIds(random);
  const clientSecret = mintClientSecret(secretId, random);
  const apiKey = mintApiKey(client.clientId, keyId, random);
  return {
    credentials: [
      credential(client, secretId, 'client_secret', hashSecret(clientSecret)),
      credential(client, keyId, 'api_key', hashSecret(apiKey)),
    ],
    secrets: { client_secret: clientSecret, api_key: apiKey },
  };
}

/** Its tokens come of a trusted issuer's assertions (RFC 7523 §2.1), and of nothing else. */
const provedByOthers = (client: Client): boolean =>
  grantTypesOf(client).every((grantType) => grantType === JWT_BEARER);

function twoCredentialIds(random: Random): [string, string] {
  const first = mintCredentialId(random);
  const second = mintCredentialId(random);
  return first === second ? twoCredentialIds(random) : [first, second];
}

const credential = (
  { clientId, createdAt }: Client,
  credentialId: string,
  kind: SecretCredential['kind'],
  hash: string,
): SecretCredential => ({ clientId, credentialId, kind, hash, state: 'active', createdAt });

const keyCredential = ({ clientId, createdAt }: Client, { kid, jwk }: PublicKey): PublicKeyCredential => ({
  ...{ clientId, credentialId: kid, kind: 'public_key', jwk, state: 'active', createdAt },
});
