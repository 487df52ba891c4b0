/** What may happen in the last hours of a month, generated. Small numbers are the harmless ones: shrinking leads there. */
import * as fc from 'fast-check';
import { FATES, type Mishap } from './faults.ts';

/** Who calls. Ids have in them what keys, expressions and objects are made of. */
export const CALLERS = [
  { sub: 'alice', clientId: 'shop' },
  { sub: 'bob', clientId: 'shop', tenant: 'acme' },
  { sub: 'bob', clientId: 'shop' },
  { sub: 'alice', clientId: 'shop#2026-11', tenant: 'acme' },
  { sub: 'alice#bob', clientId: 'client', tenant: '#' },
  { sub: 'alice%23bob', clientId: 'client', tenant: 'everyone' },
  { sub: '__proto__', clientId: 'everyone', tenant: 'constructor' },
  { sub: 'ä/ö ~', clientId: '~', tenant: 'acme#' },
] as const;

/** The routes that are called; what each costs, `prices.ts` says. */
export const ROUTES = ['GET /flat/{id}', 'POST /sized', 'PUT /metered/{a}#{b}', 'GET /free'] as const;

export interface Call {
  kind: 'call';
  /** Of {@link CALLERS}, {@link ROUTES}. */
  caller: number;
  route: number;
  /** `login` is booked as logins are: with the token, and two items at once. */
  how: 'served' | 'refused' | 'failed' | 'login';
  /** Bytes of the answer, and what the handler charges: micro-dollars. */
  size: number;
  mishaps: readonly Mishap[];
  /** The same record, written again: what happens to each of those requests. */
  again: readonly (readonly Mishap[])[];
}

export interface Closing {
  kind: 'closing';
  mishaps: readonly Mishap[];
}

/** An operator books what was logged as not booked. */
export interface Replay {
  kind: 'replay';
  mishaps: readonly Mishap[];
}

export interface Step {
  /** Minutes that pass before it. */
  wait: number;
  /** What happens at once, and in which order its requests are answered. */
  together: readonly (Call | Closing | Replay)[];
  order: number;
}

export interface Schedule {
  steps: readonly Step[];
  /** When the requests arrive that closings believed lost: before the last closing, or after it. */
  lateBefore: boolean;
}

const mishaps = (requests: number, most: number): fc.Arbitrary<Mishap[]> =>
  fc.array(fc.record({ at: fc.nat(requests), fate: fc.constantFrom(...FATES) }), { maxLength: most });

/** The guard reads once; then a write is tried three times, and logged as not booked. */
const GIVEN_UP: readonly Mishap[] = [1, 2, 3].map((at) => ({ at, fate: 'lost' }));
const givenUp: fc.Arbitrary<Mishap[]> = fc
  .constantFrom('lost' as const, 'throttled' as const, 'answer lost' as const, 'late' as const)
  .map((fate) => [1, 2, 3].map((at) => ({ at, fate })));

const call: fc.Arbitrary<Call> = fc.record({
  kind: fc.constant('call'),
  caller: fc.nat(CALLERS.length - 1),
  route: fc.nat(ROUTES.length - 1),
  how: fc.oneof(
    { arbitrary: fc.constant('served' as const), weight: 6 },
    { arbitrary: fc.constantFrom('refused' as const, 'failed' as const, 'login' as const), weight: 2 },
  ),
  size: fc.nat(2_500),
  mishaps: fc.oneof(
    { arbitrary: fc.constant([]), weight: 2 },
    { arbitrary: mishaps(3, 3), weight: 1 },
    { arbitrary: givenUp, weight: 1 },
  ),
  again: fc.oneof(
    { arbitrary: fc.constant([]), weight: 3 },
    { arbitrary: fc.array(mishaps(1, 2), { minLength: 1, maxLength: 2 }), weight: 1 },
  ),
});

/** Nothing is heard for a while: whatever is tried again meets the same. */
const outage: fc.Arbitrary<Mishap[]> = fc
  .record({
    from: fc.nat(50),
    length: fc.integer({ min: 1, max: 6 }),
    fate: fc.constantFrom('late' as const, 'answer lost' as const, 'lost' as const),
  })
  .map(({ from, length, fate }) => Array.from({ length }, (_, index) => ({ at: from + index, fate })));

const closing: fc.Arbitrary<Closing> = fc.record({
  kind: fc.constant('closing'),
  mishaps: fc.oneof({ arbitrary: mishaps(60, 4), weight: 2 }, { arbitrary: outage, weight: 1 }),
});
const replay: fc.Arbitrary<Replay> = fc.record({ kind: fc.constant('replay'), mishaps: mishaps(8, 2) });

const undisturbedReplay: Replay = { kind: 'replay', mishaps: [] };

const calls = fc.array(call, { minLength: 1, maxLength: 4 });
/** One closing or two, and perhaps something beside them. */
const closings = fc
  .tuple(closing, fc.array(fc.oneof(closing, replay, replay, call), { maxLength: 2 }))
  .map(([first, others]) => [first, ...others]);

const step: fc.Arbitrary<Step> = fc.record({
  wait: fc.constantFrom(0, 1, 14, 31, 61),
  together: fc.oneof(
    { arbitrary: calls, weight: 3 },
    { arbitrary: closings, weight: 2 },
    { arbitrary: fc.array(replay, { minLength: 1, maxLength: 2 }), weight: 1 },
  ),
  order: fc.nat(),
});

/** Calls that nobody books at first, so that what is booked late meets what is being closed. */
const lateStep: fc.Arbitrary<Step> = fc.record({
  wait: fc.constantFrom(0, 1, 14, 31),
  together: fc.oneof(
    fc.array(
      call.map((given) => ({ ...given, how: 'served' as const, again: [], mishaps: GIVEN_UP })),
      { minLength: 1, maxLength: 2 },
    ),
    fc.constant([undisturbedReplay]),
    fc.tuple(closing, fc.oneof(fc.constant(undisturbedReplay), closing)),
    fc.tuple(closing, fc.constant(undisturbedReplay), closing),
  ),
  order: fc.nat(),
});

const steps = (one: fc.Arbitrary<Step>, maxLength: number) => fc.array(one, { minLength: 1, maxLength });

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  steps: fc.oneof({ arbitrary: steps(step, 6), weight: 2 }, { arbitrary: steps(lateStep, 9), weight: 1 }),
  lateBefore: fc.boolean(),
});
