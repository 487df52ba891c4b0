/**
 * One try of a creation. Under an idempotency key all tries are the same: what is random is derived from the key and a
 * salt that the first try has left, and the time is that of the first try. So the answer can be given twice, and no
 * secret is kept in between.
 */
import type { Creation, IdempotencyLog } from '../../domain/client-ports.ts';
import type { Clock, Random } from '../../domain/ports.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import type { Request, Response } from '../../http/event.ts';
import { fingerprintOf, readIdempotencyKey } from '../../http/idempotency-key.ts';
import { refused } from '../../http/operator.ts';

export interface AttemptPorts {
  requests: IdempotencyLog;
  /** @returns randomness of a key and a salt, the same again for the same. */
  derive: (key: string, salt: string) => Random;
  /** @returns what a key is found by. */
  requestOf: (key: string) => string;
  /** Gives an id that no creation had before. */
  newId: () => string;
  random: Random;
  clock: Clock;
}

export interface Attempt {
  random: Random;
  /** When it was asked for first, milliseconds since the epoch. */
  at: number;
  creation: Creation;
  /** Whether it was asked for before. */
  isAgain: boolean;
}

/**
 * @param body as it was read
 * @param of the creation of the client that it is about, where there is one: another client of the same id is not meant
 * @returns the try; 400 `invalid_idempotency_key`, 422 `idempotency_key_reused`, 409 `idempotency_key_spent`
 * @throws {StoreUnavailable}
 */
export async function attempt(
  ports: AttemptPorts,
  request: Request,
  body: unknown,
  of?: string,
): Promise<Result<Attempt, Response>> {
  const key = readIdempotencyKey(request);
  if (!key.ok) return key;
  const at = ports.clock();
  if (key.value === undefined) {
    return ok({ random: ports.random, at, creation: { id: ports.newId() }, isAgain: false });
  }
  const begun = await ports.requests.begin({
    ...{ request: ports.requestOf(key.value), fingerprint: fingerprintOf(request, body), at },
    salt: Buffer.from(ports.random(32)).toString('base64url'),
    ...(of !== undefined && { of }),
  });
  if (begun === 'reused') return fail(refused(422, 'idempotency_key_reused', REUSED));
  if (begun === 'spent') return fail(spent());
  const { known, isFirst } = begun;
  const random = ports.derive(key.value, known.salt);
  const id = Buffer.from(random(16)).toString('hex');
  return ok({ random, at: known.at, creation: { id, request: known.request }, isAgain: !isFirst });
}

/** What was created is gone, and a request that is sent again does not bring it back. */
export const spent = (): Response => refused(409, 'idempotency_key_spent', SPENT);

const REUSED =
  'This Idempotency-Key came with another request. Send that one again as it was, or draw a new key for this one.';
const SPENT =
  'What this Idempotency-Key created is not there any more: it was deleted, or is another by now. To create it anew, draw a new key.';
