/**
 * Authenticates a client for the functions behind the token endpoints: what it presents, one read, one
 * comparison, the lockout. Once the form is right, every failure costs the same and looks the same.
 */
import {
  type AssertionProof,
  type Authenticated,
  authenticated,
  hashFor,
  keyFor,
  type Presented,
  type Proof,
  proofByAssertion,
  proofOf,
  type SecretProof,
} from '../domain/authentication.ts';
import { APART } from '../domain/client.ts';
import type { AssertionAlgorithm } from '../domain/client-assertion.ts';
import { lockoutLeft } from '../domain/lockout.ts';
import type { AssertionLog, Clock, Directory, LoginFacts, Verifiers } from '../domain/ports.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import type { Form } from '../http/body.ts';
import { type CredentialsFault, readCredentials } from '../http/credentials.ts';
import type { Request, Response } from '../http/event.ts';
import type { Log } from '../http/log.ts';
import { invalidClient, invalidRequest, tooManyAttempts } from '../http/token-endpoint.ts';

export interface AuthenticationPorts {
  directory: Directory;
  /** Compares an API key or client secret with its hash, or with nothing, in constant time. */
  verifySecret(hash: string | undefined, secret: string): boolean;
  /** Computes what the hash asks for, which is one scrypt for our own; and one where there is none. */
  verifyPassword(hash: string | undefined, password: string): Promise<boolean>;
  /** What it takes to replace hashes that came from another system; where it is absent, they stay. */
  renewal?: RenewalPorts;
  /** What it takes to take assertions (RFC 7523 §2.2); where it is absent, none is taken. */
  assertions?: AssertionPorts;
  clock: Clock;
  log: Log;
}

export interface RenewalPorts {
  /** Whether a hash is as today's passwords are hashed. */
  isCurrent(hash: string): boolean;
  hashPassword(password: string): Promise<string>;
  verifiers: Verifiers;
}

export interface AssertionPorts {
  /** Whom assertions have to be meant for. */
  issuer: string;
  /** Verifies exactly one signature, whether or not there is a key. */
  verify(
    assertion: string,
    algorithm: AssertionAlgorithm,
    jwk: Readonly<Record<string, unknown>> | undefined,
  ): Promise<boolean>;
  used: AssertionLog;
}

/**
 * @param form the parameters of a request in which the client may authenticate by them (RFC 6749 §2.3.1, RFC 7521
 *   §4.2). A `client_id` among them has to be that of whoever authenticates, however it does.
 * @returns who it is, or the answer that refuses it: 400, 401 or 429
 * @throws {StoreUnavailable}
 */
export type Authenticate = (request: Request, form?: Form) => Promise<Result<Authenticated, Response>>;

/** Makes a function's authentication of its ports. */
export const authenticator =
  (ports: AuthenticationPorts): Authenticate =>
  async (request, form) => {
    const presented = readCredentials(request.headers, form);
    if (!presented.ok && presented.failure !== 'malformed') return fail(unreadable(presented.failure));
    const proof = presented.ok ? readProof(ports, presented.value) : presented;
    // Nothing that could ever be right: no read, and nobody's failure.
    if (!proof.ok) return fail(refused(ports, request, proof.failure));
    const named = form?.get('client_id') || proof.value.clientId;
    if (named !== proof.value.clientId) return fail(refused(ports, request, 'client_id of another client'));
    return proof.value.kind === 'public_key'
      ? proveByAssertion(ports, request, proof.value)
      : proveBySecret(ports, request, proof.value);
  };

const unreadable = (fault: Exclude<CredentialsFault, 'malformed'>): Response =>
  fault === 'absent' ? invalidClient() : invalidRequest(UNREADABLE[fault]);

const UNREADABLE = {
  ambiguous: 'a client authenticates once, by one method at a time',
  incomplete: 'client_secret needs client_id; client_assertion and client_assertion_type need each other',
};

function readProof({ assertions, clock }: AuthenticationPorts, presented: Presented): Result<Proof, string> {
  if (presented.scheme !== 'assertion') return proofOf(presented);
  if (assertions === undefined) return fail('assertions are not taken');
  return proofByAssertion(presented.assertion, { issuer: assertions.issuer, now: clock() });
}

async function proveBySecret(
  ports: AuthenticationPorts,
  request: Request,
  proof: SecretProof,
): Promise<Result<Authenticated, Response>> {
  const { directory, clock } = ports;
  const more = proof.kind === 'password' ? 'verifier' : undefined;
  const facts = await directory.lookUp(proof.clientId, proof.credentialId, more);
  const wait = lockoutLeft(facts.attempts, clock());
  if (wait > 0 && proof.kind === 'password') return fail(lockedOut(ports, request, proof, wait));
  const matches = await compare(ports, proof, hashFor(proof, facts));
  const holder = authenticated(proof, facts, matches, clock());
  if (holder !== undefined) {
    // Only a right password: a service that logs in all day must not reset the count of someone who guesses
    // the password of the same client.
    if (proof.kind === 'password' && facts.attempts !== undefined) await forget(ports, request, proof);
    await renew(ports, request, proof, facts);
    return ok(holder);
  }
  if (wait > 0) return fail(lockedOut(ports, request, proof, wait));
  // Before the answer: a guess that cannot be counted must not be answered either.
  await directory.countFailure(proof.clientId, clock());
  return fail(refused(ports, request, WRONG, proof));
}

/**
 * A failure is not counted, and a lockout neither looked at nor told: nobody guesses a signature, so there is nothing
 * that counting would slow down, and whoever knows a client's id could have it counted without knowing anything else.
 */
async function proveByAssertion(
  ports: AuthenticationPorts,
  request: Request,
  proof: AssertionProof,
): Promise<Result<Authenticated, Response>> {
  const { directory, assertions, clock } = ports;
  const { clientId, credentialId, algorithm, jti, expiresAt } = proof;
  const facts = await directory.lookUp(clientId, credentialId);
  const signed = await assertions?.verify(proof.assertion, algorithm, keyFor(proof, facts));
  const holder = authenticated(proof, facts, signed === true, clock());
  if (holder === undefined) return fail(refused(ports, request, WRONG, proof));
  // Last of all, so that only whoever has the key can use up its assertions.
  const use = await assertions?.used.use({ issuer: clientId, jti, expiresAt });
  return use === 'first' ? ok(holder) : fail(refused(ports, request, 'assertion used before', proof));
}

const WRONG = 'unknown client or wrong credential';

const compare = async (
  ports: AuthenticationPorts,
  proof: SecretProof,
  hash: string | undefined,
): Promise<boolean> =>
  proof.kind === 'password'
    ? await ports.verifyPassword(hash, proof.secret)
    : ports.verifySecret(hash, proof.secret);

/** Failures that stay counted harm nobody who knows the password: no reason to refuse. */
async function forget(ports: AuthenticationPorts, request: Request, { clientId }: Proof): Promise<void> {
  try {
    await ports.directory.clearFailures(clientId);
  } catch (error) {
    ports.log.warn('failures not cleared', { ...about(request), clientId, error });
  }
}

/**
 * A hash that came from another system is replaced by one of ours as soon as its secret has been shown. The old one is
 * as good until then: no reason to refuse, and the next time it is tried again.
 */
async function renew(
  { renewal, clock, log }: AuthenticationPorts,
  request: Request,
  proof: SecretProof,
  { credential, verifier }: LoginFacts,
): Promise<void> {
  const isApart = credential?.kind === 'password' && credential.hash === APART;
  if (renewal === undefined || verifier === undefined || !isApart) return;
  if (renewal.isCurrent(verifier.hash)) return;
  const { clientId, credentialId } = proof;
  try {
    const hash = await renewal.hashPassword(proof.secret);
    const outcome = await renewal.verifiers.replace(verifier, hash, clock());
    log.info(`imported hash ${outcome}`, { ...about(request), clientId, credentialId });
  } catch (error) {
    log.warn('imported hash not replaced', { ...about(request), clientId, credentialId, error });
  }
}

/** @param reason for the log alone: whatever it is, the answer is the same */
function refused({ log }: AuthenticationPorts, request: Request, reason: string, proof?: Proof): Response {
  log.count('LoginFailed', proof?.kind === 'password' ? 'user' : 'service');
  const fields = { ...about(request), status: 401, code: 'invalid_client', reason };
  log.warn('login failed', { ...fields, ...(proof !== undefined && { clientId: proof.clientId }) });
  return invalidClient();
}

function lockedOut({ log }: AuthenticationPorts, request: Request, proof: Proof, wait: number): Response {
  log.count('LoginLockedOut');
  const fields = { ...about(request), status: 429, code: 'too_many_attempts' };
  log.warn('login locked out', { ...fields, clientId: proof.clientId });
  return tooManyAttempts(wait);
}

const about = ({ requestContext: { requestId, routeKey } }: Request) => ({ requestId, route: routeKey });
