/**
 * Authenticates a client for the functions behind the token endpoints: what it presents, one read, one
 * comparison, the lockout. Once the form is right, every failure costs the same and looks the same.
 */
import { type Authenticated, authenticated, hashFor, type Proof, proofOf } from '../domain/authentication.ts';
import { lockoutLeft } from '../domain/lockout.ts';
import type { Clock, Directory } from '../domain/ports.ts';
import { fail, ok, type Result } from '../domain/result.ts';
import type { Form } from '../http/body.ts';
import { readCredentials } from '../http/credentials.ts';
import type { Request, Response } from '../http/event.ts';
import type { Log } from '../http/log.ts';
import { invalidClient, invalidRequest, tooManyAttempts } from '../http/token-endpoint.ts';

export interface AuthenticationPorts {
  directory: Directory;
  /** Compares an API key or client secret with its hash, or with nothing, in constant time. */
  verifySecret(hash: string | undefined, secret: string): boolean;
  /** Computes exactly one scrypt, whether or not there is a hash. */
  verifyPassword(hash: string | undefined, password: string): Promise<boolean>;
  clock: Clock;
  log: Log;
}

/**
 * @param form the parameters of a request in which the client may authenticate by them (RFC 6749 §2.3.1)
 * @returns who it is, or the answer that refuses it: 400, 401 or 429
 * @throws {StoreUnavailable}
 */
export type Authenticate = (request: Request, form?: Form) => Promise<Result<Authenticated, Response>>;

/** Makes a function's authentication of its ports. */
export const authenticator =
  (ports: AuthenticationPorts): Authenticate =>
  async (request) => {
    const presented = readCredentials(request.headers);
    if (!presented.ok && presented.failure === 'absent') return fail(invalidClient());
    if (!presented.ok && presented.failure === 'ambiguous') {
      return fail(invalidRequest('credentials have to be presented once, by x-api-key or by Basic'));
    }
    const proof = presented.ok ? proofOf(presented.value) : presented;
    // Nothing that could ever be right: no read, and nobody's failure.
    if (!proof.ok) return fail(refused(ports, request));
    return prove(ports, request, proof.value);
  };

async function prove(
  ports: AuthenticationPorts,
  request: Request,
  proof: Proof,
): Promise<Result<Authenticated, Response>> {
  const { directory, clock } = ports;
  const facts = await directory.lookUp(proof.clientId, proof.credentialId);
  const wait = lockoutLeft(facts.attempts, clock());
  if (wait > 0 && proof.kind === 'password') return fail(lockedOut(ports, request, proof, wait));
  const matches = await compare(ports, proof, hashFor(proof, facts));
  const holder = authenticated(proof, facts, matches, clock());
  if (holder !== undefined) {
    // Only a right password: a service that logs in all day must not reset the count of someone who guesses
    // the password of the same client.
    if (proof.kind === 'password' && facts.attempts !== undefined) await forget(ports, request, proof);
    return ok(holder);
  }
  if (wait > 0) return fail(lockedOut(ports, request, proof, wait));
  // Before the answer: a guess that cannot be counted must not be answered either.
  await directory.countFailure(proof.clientId, clock());
  return fail(refused(ports, request, proof));
}

const compare = async (
  ports: AuthenticationPorts,
  proof: Proof,
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

function refused({ log }: AuthenticationPorts, request: Request, proof?: Proof): Response {
  log.count('LoginFailed');
  const reason = proof === undefined ? 'malformed credentials' : 'unknown client or wrong credential';
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
