/**
 * Which credential is presented, and whether it is right. Everything that may go wrong after the client id and
 * the form are known ends in the same refusal, so that nobody learns which client ids there are.
 */
import {
  APART,
  CLIENT_ID,
  type Client,
  type Credential,
  isUsable,
  PASSWORD_CREDENTIAL_ID,
  type PublicKeyCredential,
  type SecretCredential,
  type Verifier,
} from './client.ts';
import { type AssertionFault, type ClientAssertion, parseClientAssertion } from './client-assertion.ts';
import type { LoginFacts } from './ports.ts';
import { fail, ok, type Result } from './result.ts';
import { parseApiKey, parseClientSecret } from './secret-format.ts';

/** What a request brings, before anyone has looked into it. `basic` is any pair of a client id and a secret. */
export type Presented =
  | { scheme: 'api_key'; apiKey: string }
  | { scheme: 'basic'; userId: string; password: string }
  | { scheme: 'assertion'; assertion: string };

/** What is to be proved: that whoever asks has what this credential stands for. */
export type Proof = SecretProof | AssertionProof;

/** That `secret` is the one of this credential. */
export interface SecretProof {
  clientId: string;
  credentialId: string;
  kind: SecretCredential['kind'];
  secret: string;
}

/** That `assertion` is signed with this key, and was not used before. */
export interface AssertionProof extends ClientAssertion {
  kind: PublicKeyCredential['kind'];
  assertion: string;
}

/** Whoever proved itself, and how. */
export interface Authenticated {
  client: Client;
  credential: Credential;
}

/**
 * Reads a key or secret without any I/O. In the place of a password, a well-formed client secret is one and
 * anything else is a password: the form decides the work, never what is stored.
 *
 * @returns `malformed` for a key with a wrong checksum, or a client id that none can have
 */
export function proofOf(
  presented: Exclude<Presented, { scheme: 'assertion' }>,
): Result<SecretProof, 'malformed'> {
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

/** Reads an assertion without any I/O; see {@link parseClientAssertion}. Its `kid` names the credential. */
export function proofByAssertion(
  assertion: string,
  terms: Parameters<typeof parseClientAssertion>[1],
): Result<AssertionProof, AssertionFault> {
  const claimed = parseClientAssertion(assertion, terms);
  return claimed.ok ? ok({ ...claimed.value, kind: 'public_key', assertion }) : claimed;
}

/** @returns the stored hash that the secret has to match, if what is stored is of its kind and belongs to it. */
export function hashFor(proof: SecretProof, { credential, verifier }: LoginFacts): string | undefined {
  if (credential === undefined || credential.kind === 'public_key' || !names(proof, credential))
    return undefined;
  if (credential.hash !== APART) return credential.hash;
  return isVerifierOf(verifier, credential) ? verifier?.hash : undefined;
}

/** One of another import is nobody's: what an import that failed has left behind proves nothing. */
const isVerifierOf = (verifier: Verifier | undefined, credential: SecretCredential): boolean =>
  verifier?.clientId === credential.clientId &&
  verifier.credentialId === credential.credentialId &&
  verifier.createdAt === credential.createdAt;

/** @returns the stored public key that the assertion has to be signed with, if there is one that belongs to it. */
export function keyFor(
  proof: AssertionProof,
  { credential }: LoginFacts,
): PublicKeyCredential['jwk'] | undefined {
  return credential?.kind === 'public_key' && names(proof, credential) ? credential.jwk : undefined;
}

/**
 * @param facts what the directory says
 * @param matches whether the secret matches the hash of {@link hashFor}, or the signature the key of {@link keyFor}
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

const names = (proof: Proof, credential: Credential | undefined): boolean =>
  credential?.clientId === proof.clientId &&
  credential.credentialId === proof.credentialId &&
  credential.kind === proof.kind;
