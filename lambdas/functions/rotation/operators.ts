/** `GET /admin/keys` and `POST /admin/keys/rotations`: operators look at the ring, rotate it now, and drop a lost key. */
import { LEAD, type NotReady, type Ring, type RingKey } from '../../domain/key-ring.ts';
import { isKnown, promote, revokeKey, standingOf } from '../../domain/rotation.ts';
import { readJson } from '../../http/body.ts';
import type { Handler, Response } from '../../http/event.ts';
import { type OperatorRequest, operatorRoutes, refused } from '../../http/operator.ts';
import { json } from '../../http/respond.ts';
import { ringShown } from './format.ts';
import type { RotationHandlerPorts, RotationSettings } from './handler.ts';
import { parseRotation } from './request.ts';

/**
 * @returns the handler: 200 with the ring, as it is then; 400 or 413 `invalid_body`; 404 `unknown_key`; 409
 *   `key_not_ready` with `Retry-After`, or `ring_changed`; 503 `key_ring_unavailable`
 */
export const operatorsRing = (ports: RotationHandlerPorts, { rotation }: RotationSettings): Handler =>
  operatorRoutes(
    { log: ports.log, audit: ports.audit, store: 'key_ring', unavailable: UNAVAILABLE },
    {
      'GET /admin/keys': async () =>
        json(200, ringShown((await ports.ring.read()).value ?? { keys: [] }, ports.clock())),
      'POST /admin/keys/rotations': (asked) => change(ports, rotation, asked),
    },
  );

const UNAVAILABLE =
  'Secrets Manager or the ledger did not answer. GET /admin/keys tells how far it came; asked again, it goes on from there.';

async function change(
  ports: RotationHandlerPorts,
  rotation: number,
  asked: OperatorRequest,
): Promise<Response> {
  const body = readJson(asked.request);
  if (!body.ok) return refused(body.failure.status, 'invalid_body', body.failure.reason);
  const wanted = parseRotation(body.value);
  if (!wanted.ok) return refused(400, 'invalid_body', wanted.failure);
  const { revokeKey: lost } = wanted.value;
  return lost === undefined ? rotateNow(ports, rotation, asked) : drop(ports, rotation, asked, lost);
}

/**
 * The key that is ready signs from now on. The next one is new then, so whoever asks again is refused for three hours:
 * nobody rotates twice who meant once.
 */
async function rotateNow(
  ports: RotationHandlerPorts,
  rotation: number,
  { fields, change }: OperatorRequest,
): Promise<Response> {
  const { signing, next } = await standingOf(ports);
  if (!next.ok) return notReady(next.failure, signing, ports.clock());
  const { kid } = next.value;
  await change({
    action: 'key.rotate',
    target: { key: kid },
    ...(signing !== undefined && { details: { instead_of: signing.kid } }),
  });
  const outcome = await promote(ports, rotation, kid);
  if (outcome.ok) {
    ports.log.info('keys rotated', { ...fields, status: 200, kid });
    return answer(outcome.value, ports.clock());
  }
  if (outcome.failure !== 'changed') return notReady(outcome.failure, signing, ports.clock());
  return refused(
    409,
    'ring_changed',
    'The keys were changed meanwhile. Look at GET /admin/keys, and ask again.',
  );
}

async function drop(
  ports: RotationHandlerPorts,
  rotation: number,
  { fields, change }: OperatorRequest,
  kid: string,
): Promise<Response> {
  if (!(await isKnown(ports, kid))) return unknownKey();
  await change({ action: 'key.drop', target: { key: kid } });
  const outcome = await revokeKey(ports, rotation, kid);
  // Somebody else was quicker.
  if (!outcome.ok) return unknownKey();
  ports.log.warn('key revoked', { ...fields, status: 200, kid });
  return answer(outcome.value, ports.clock());
}

const answer = (ring: Ring, now: number): Response => json(200, ringShown(ring, now));

const unknownKey = (): Response =>
  refused(
    404,
    'unknown_key',
    'There is no such key, or not any more: GET /admin/keys lists those that there are, GET /admin/revocations?kid= tells whether it was revoked.',
  );

/** @param now milliseconds since the epoch */
function notReady({ kid, readyAt: at }: NotReady, signing: RingKey | undefined, now: number): Response {
  // Published within the hour, if all goes well.
  const from = at ?? now + LEAD;
  const key = kid === undefined ? 'There is no next key yet; one' : `The next key, ${kid},`;
  const since = signing?.signsFrom === undefined ? '' : ` since ${new Date(signing.signsFrom).toISOString()}`;
  const signs = signing === undefined ? 'No key signs now.' : `The key ${signing.kid} signs${since}.`;
  const detail = `${key} may sign from ${new Date(from).toISOString()} on, when every gateway knows it. ${signs} Nothing was changed.`;
  return refused(409, 'key_not_ready', detail, {
    'retry-after': String(Math.max(1, Math.ceil((from - now) / 1000))),
  });
}
