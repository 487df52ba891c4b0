/** How a credential comes about: a secret is minted and hashed, a public key is taken as it is. */
import type { Credential, PublicKeyCredential, SecretCredential } from '../../domain/client.ts';
import type { Random } from '../../domain/ports.ts';
import type { PublicKey } from '../../domain/public-key.ts';
import { mintApiKey, mintClientSecret, mintCredentialId } from '../../domain/secret-format.ts';

/** How secrets come about, and what is kept of them. */
export interface MintingPorts {
  hashSecret: (secret: string) => string;
  hashPassword: (password: string, random: Random) => Promise<string>;
  random: Random;
}

/** What is stored, and what the answer says once. */
export interface Minted {
  credential: Credential;
  secrets: Record<string, string>;
}

/** What any credential is, whatever proves it. */
export type CredentialFacts = Omit<SecretCredential, 'credentialId' | 'kind' | 'hash'>;

/** @param other an id that the client has already */
export function mintSecret(
  kind: 'api_key' | 'client_secret',
  facts: CredentialFacts,
  ports: MintingPorts,
  other?: string,
): Minted {
  const { random, hashSecret } = ports;
  const credentialId = mintCredentialId(random);
  if (credentialId === other) return mintSecret(kind, facts, ports, other);
  const secret =
    kind === 'api_key'
      ? mintApiKey(facts.clientId, credentialId, random)
      : mintClientSecret(credentialId, random);
  return {
    credential: { ...facts, credentialId, kind, hash: hashSecret(secret) },
    secrets: { [kind]: secret },
  };
}

/** @returns the credential of a public key, under the key's own id. */
export const keyCredential = (facts: CredentialFacts, { kid, jwk }: PublicKey): PublicKeyCredential => ({
  ...facts,
  credentialId: kid,
  kind: 'public_key',
  jwk,
});
