/** The credentials that a client is born with. */
import {
  type Client,
  type Credential,
  PASSWORD_CREDENTIAL_ID,
  type SecretCredential,
} from '../../domain/client.ts';
import type { Random } from '../../domain/ports.ts';
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

/** @returns for a service a client secret (for Basic) and an API key, for a user a password. */
export async function firstCredentials(client: Client, ports: MintingPorts): Promise<FirstCredentials> {
  const { random, hashSecret, hashPassword } = ports;
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
