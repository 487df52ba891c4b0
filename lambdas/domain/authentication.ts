/**
 * Which credential is presented, and whether it is right. Everything that may go wrong after the client id and
 * the form are known ends in the same refusal, so that nobody learns which client ids there are.
 */
import {
  CLIENT_ID,
  type Client,
  type Credential,
  isUsable,
  PASSWORD_CREDENTIAL_ID,
  type SecretCredential,
} from './client.ts';
import type { LoginFacts } from './ports.ts';
import { fail, ok, type Result } from './result.ts';
import { parseApiKey, parseClientSecret } from './secret-format.ts';

/** What a request brings, before anyone has looked into it. */
export type Presented =
  | { scheme: 'api_key'; apiKey: string }
  | { scheme: 'basic'; userId: string; password: string };

/** What is to be proved: that `secret` is the one of this credential. */
export interface Proof {
  clientId: string;
  credentialId: string;
  kind: SecretCredential['kind'];
  secret: string;
}

/** Whoever proved itself, and how. */
export interface Authenticated {
  client: Client;
  credential: Credential;
}

/**
 * Reads what is presented without any I/O. In the place of a password, a well-formed client secret is one and
 * anything else is a password: the form decides the work, never what is stored.
 *
 * @returns `malformed` for a key with a wrong checksum, or a client id that none can have
 */
export function proofOf(presented: Presented): Result<Proof, 'malformed'> {
  if (presented.scheme === 'api_key') {
    const ids = parseApiKey(presented.apiKey);
    return ids.ok ? ok({ ...ids.value, kind: 'api_key', secret: presented.apiKey }) : ids;
  }
  const { userId: clientId, password: secret } = presented;
  if (!CLIENT_ID.test(clientId)) return fail('malformed');
  const ids = parseClientSecret(secret);
  return ok(
    ids.ok
      ? { clientId, credentialId: ids.value.credentialId, kind: 'client_secret', secret }
      : { clientId, credentialId: PASSWORD_CREDENTIAL_ID, kind: 'password', secret },
  );
}

/** @returns the stored hash that the proof has to match, if what is stored is of its kind and belongs to it. */
export const hashFor = (proof: Proof, facts: LoginFacts): string | undefined =>
  facts.credential !== undefined && names(proof, facts.credential) ? facts.credential.hash : undefined;

/**
 * @param facts what the directory says
 * @param matches whether the secret matches the hash of {@link hashFor}
 * @param now milliseconds since the epoch
 * @returns who it is; `undefined` for an unknown or disabled client, for a wrong secret, and for a credential
 *   that is unknown, disabled or expired
 */
export function authenticated(
  proof: Proof,
  facts: LoginFacts,
  matches: boolean,
  now: number,
): Authenticated | undefined {
  const { client, credential } = facts;
  if (client === undefined || credential === undefined) return undefined;
  const right =
    matches &&
    names(proof, credential) &&
    client.clientId === proof.clientId &&
    client.state === 'active' &&
    isUsable(credential, now);
  return right ? { client, credential } : undefined;
}

const names = (proof: Proof, credential: Credential): credential is SecretCredential =>
  credential.clientId === proof.clientId &&
  credential.credentialId === proof.credentialId &&
  credential.kind === proof.kind;
