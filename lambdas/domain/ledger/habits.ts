/**
 * What is usual of a client: from which addresses it comes, and what its hours cost. What is not, is a hint for
 * people and never a reason to refuse; so it may be wrong now and then, and forgets what is long ago.
 */
import { type ClientClass, classOf } from '../client-class.ts';
import type { MicroDollars } from '../money.ts';
import type { UsageRecord } from '../usage.ts';

/** What a client did in one hour. */
export interface ClientHour {
  clientId: string;
  class: ClientClass;
  cost: MicroDollars;
  /** From where it came, each once; no more than {@link MAX_ADDRESSES}. */
  addresses: string[];
}

export interface Habits {
  /** The last hour that is in it: each hour counts once. */
  hour: string;
  /** Hours that are in it. */
  hours: number;
  /** What an hour usually costs, and by how much that usually differs. */
  cost: { mean: MicroDollars; deviation: MicroDollars };
  /** The addresses that it comes from, the latest last. */
  addresses: string[];
}

/** What was unusual of an hour. */
export interface Oddity {
  /** How many addresses it never came from before. */
  newAddresses: number;
  /** Whether it cost far more than its hours usually do. */
  costly: boolean;
}

/** More than a client has at home; who comes from everywhere is never strange anywhere. */
export const MAX_ADDRESSES = 64;

/** Hours of which something is known before anything is called unusual. */
export const ACQUAINTANCE = 24;

/** Below this nobody wants to be told, in micro-dollars. */
const TRIFLE: MicroDollars = 10_000;

/** Weight of the past against one hour: about two days of hours. */
const MEMORY = 48;

/** @returns what clients did in an hour, to be filled record by record; as large as there are clients. */
export function clientHours() {
  const clients = new Map<string, ClientHour>();
  return {
    add(record: UsageRecord): void {
      const { clientId, price, sourceIp } = record;
      const known = clients.get(clientId) ?? { clientId, class: classOf(record), cost: 0, addresses: [] };
      clients.set(clientId, known);
      known.cost += price;
      if (known.addresses.length < MAX_ADDRESSES && !known.addresses.includes(sourceIp))
        known.addresses.push(sourceIp);
    },
    all: (): ClientHour[] => [...clients.values()],
  };
}

/**
 * @param habits as they were before the hour; none of a client that was never seen
 * @returns what is odd of the hour, and the habits with it in them
 */
export function judge(
  habits: Habits | undefined,
  hour: string,
  { cost, addresses }: ClientHour,
): { oddity: Oddity; habits: Habits } {
  const known = habits?.addresses ?? [];
  const unknown = addresses.filter((address) => !known.includes(address));
  const acquainted = habits !== undefined && habits.hours >= ACQUAINTANCE;
  return {
    oddity: {
      newAddresses: acquainted && known.length < MAX_ADDRESSES ? unknown.length : 0,
      costly: acquainted && isCostly(habits.cost, cost),
    },
    habits: {
      hour,
      hours: (habits?.hours ?? 0) + 1,
      cost: usualCost(habits, cost),
      addresses: [...known.filter((address) => !addresses.includes(address)), ...addresses].slice(
        -MAX_ADDRESSES,
      ),
    },
  };
}

const isCostly = ({ mean, deviation }: Habits['cost'], cost: MicroDollars): boolean =>
  cost >= TRIFLE && cost > 3 * mean && cost > mean + 4 * deviation;

/** Moving averages; at first of all hours there are, so that the first is not taken for the rule. */
function usualCost(habits: Habits | undefined, cost: MicroDollars): Habits['cost'] {
  if (habits === undefined) return { mean: cost, deviation: 0 };
  const weight = Math.min(MEMORY, habits.hours);
  const { mean, deviation } = habits.cost;
  const average = (past: number, now: number) => Math.round((past * weight + now) / (weight + 1));
  return { mean: average(mean, cost), deviation: average(deviation, Math.abs(cost - mean)) };
}
