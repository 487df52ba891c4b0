/** The credentials that a client is born with. */
import { type Client, type Credential, grantTypesOf, PASSWORD_CREDENTIAL_ID } from '../../domain/client.ts';
import { JWT_BEARER } from '../../domain/grant-type.ts';
import type { PublicKey } from '../../domain/public-key.ts';
import { mintPassword } from '../../domain/secret-format.ts';
import { type CredentialFacts, keyCredential, type MintingPorts, mintSecret } from './mint.ts';

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
  const facts = factsOf(client);
  if (client.kind === 'user') return passwordOf(facts, ports);
  if (keys.length > 0 || provedByOthers(client)) {
    return { credentials: keys.map((key) => keyCredential(facts, key)), secrets: {} };
  }
  const secret = mintSecret('client_secret', facts, ports);
  const key = mintSecret('api_key', facts, ports, secret.credential.credentialId);
  return {
    credentials: [secret.credential, key.credential],
    secrets: { ...secret.secrets, ...key.secrets },
  };
}

/** Its tokens come of a trusted issuer's assertions (RFC 7523 §2.1), and of nothing else. */
const provedByOthers = (client: Client): boolean =>
  grantTypesOf(client).every((grantType) => grantType === JWT_BEARER);

async function passwordOf(
  facts: CredentialFacts,
  { random, hashPassword }: MintingPorts,
): Promise<FirstCredentials> {
  const password = mintPassword(random);
  const hash = await hashPassword(password, random);
  const credential: Credential = { ...facts, credentialId: PASSWORD_CREDENTIAL_ID, kind: 'password', hash };
  return { credentials: [credential], secrets: { password } };
}

const factsOf = ({ clientId, createdAt }: Client): CredentialFacts => ({
  clientId,
  state: 'active',
  createdAt,
});
