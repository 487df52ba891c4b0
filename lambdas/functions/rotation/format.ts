/** The ring as operators see it: ids and times, no key material. */
import { LAG, type Ring, type RingKey, readyAt, signingKeyAt, signsUntil } from '../../domain/key-ring.ts';

/**
 * What a key is for at the moment: it signs, it may take over at any time, it was published too short a time ago for
 * that, or it does not sign any more and what it signed may still be alive.
 */
type State = 'signing' | 'ready' | 'new' | 'past';

/** @param now milliseconds since the epoch */
export function ringShown(ring: Ring, now: number) {
  const signing = signingKeyAt(ring, now);
  const position = signing === undefined ? -1 : ring.keys.indexOf(signing);
  return {
    signing: signing?.kid ?? null,
    keys: ring.keys.map((key, index) => {
      const state = index < position ? 'past' : index === position ? 'signing' : waiting(key, now);
      return { kid: key.kid, state, ...timesOf(ring, key, state) };
    }),
  };
}

const waiting = (key: RingKey, now: number): State => ((readyAt(key) ?? Infinity) <= now ? 'ready' : 'new');

function timesOf(ring: Ring, key: RingKey, state: State): Record<string, string> {
  const until = signsUntil(ring, key.kid);
  const times = {
    created_at: key.createdAt,
    published_at: key.publishedAt,
    // Before that a gateway may not know it. The first key of all did not have to wait.
    may_sign_from: state === 'new' || state === 'ready' ? readyAt(key) : undefined,
    signs_from: key.signsFrom,
    signs_until: until,
    dropped_from: until === undefined ? undefined : until + LAG,
  };
  return Object.fromEntries(
    Object.entries(times).flatMap(([name, time]) =>
      time === undefined ? [] : [[name, new Date(time).toISOString()]],
    ),
  );
}
