/**
 * The statement of a month: what one client's calls came to, for its receiver to verify and to keep. Here is what it
 * says and when it may be given; signing it is the business of others.
 */
import { formatDollars, type MicroDollars } from '../money.ts';
import { hourOf } from '../usage.ts';
import { type ClosingState, type Link, SECOND_LOOK } from './closing.ts';
import { addSums, noSums, type Rollup, type Sums } from './rollup.ts';

/** The `typ` of a statement (RFC 8725 §3.11): nobody who looks for an access token takes it for one. */
export const STATEMENT_TYPE = 'usage-statement+jwt';

/** A UTC month. */
export interface Month {
  /** Such as `2026-10`. */
  name: string;
  /** Milliseconds since the epoch; `to` is the beginning of the next month. */
  from: number;
  to: number;
  /** Its first and its last hour, such as `2026-10-31T23`. */
  hours: { from: string; to: string };
}

/** @returns the month of a name such as `2026-10`; `undefined` for anything else */
export function parseMonth(name: string): Month | undefined {
  if (!/^\d{4}-(?:0[1-9]|1[0-2])$/.test(name)) return undefined;
  const from = Date.parse(`${name}-01T00:00:00.000Z`);
  const next = new Date(from);
  const to = next.setUTCMonth(next.getUTCMonth() + 1);
  return { name, from, to, hours: { from: `${name}-01T00`, to: hourOf(to - 1) } };
}

/** Milliseconds until a run of the closing has done what one left undone. */
const NEXT_RUN = 5 * 60_000;

/**
 * A month is final once its last hour is closed, was looked at a second time, and none of its hours has to be closed
 * again.
 *
 * @param late the hours that have to be closed again
 * @param now milliseconds since the epoch
 * @returns when to ask again, in milliseconds since the epoch; `undefined` where the month is final
 */
export function openUntil(
  { name, to, hours }: Month,
  { closedThrough = '', checkedThrough = '' }: ClosingState,
  late: readonly string[],
  now: number,
): number | undefined {
  const isClosed = closedThrough >= hours.to && checkedThrough >= hours.to;
  if (now >= to && isClosed && !late.some((hour) => hour.startsWith(name))) return undefined;
  return Math.max(to + SECOND_LOOK, now) + NEXT_RUN;
}

/** By what the rows of a statement are told apart. */
type Grouping = readonly ('route' | 'tenant')[];

/** The finest first. */
const GROUPINGS: readonly Grouping[] = [['route', 'tenant'], ['route'], []];

/**
 * Characters of the rows' JSON. A function answers with 6 MB at most, and a JWS is four thirds of what it signs.
 */
const MAX_ROWS = 3_000_000;

interface StatementSums {
  /** All calls, refused ones among them. */
  calls: number;
  /** Those that ended in a failure of ours (5xx). */
  errors: number;
  refused: number;
  bytes_out: number;
  cost_micro_dollars: MicroDollars;
  /** The same in dollars, for people. */
  cost: string;
}

export interface StatementRow extends StatementSums {
  route: string;
  tenant?: string;
}

/**
 * What a statement claims. It has no `aud`, no `client_id`, no `jti`, no `scope` and no `exp`: with the first two,
 * which the gateway looks at, a client whose id is the API's audience would have an access token in it.
 */
export interface StatementClaims {
  iss: string;
  /** The client's id. */
  sub: string;
  /** When it was signed, seconds since the epoch. */
  iat: number;
  /** In RFC 3339; `to` is not included. */
  period: { from: string; to: string };
  currency: 'USD';
  grouped_by: Grouping;
  rows: readonly StatementRow[];
  total: StatementSums;
  /** The last link of the chain of closed hours that is about this month: it commits to all before it. */
  chain: Pick<Link, 'seq' | 'hash'>;
}

/** What a statement is made of. */
export interface StatementFacts {
  issuer: string;
  clientId: string;
  month: Month;
  tally: StatementTally;
  /** Of the client's hours, summed up apart from the rows. */
  total: Sums;
  chain: Link;
  /** Milliseconds since the epoch. */
  now: number;
}

/**
 * @returns the claims, with as fine rows as there is room for; `undefined` where rows and total are not of the same
 *   calls, and then nothing may be signed
 */
export function statementClaims(facts: StatementFacts): StatementClaims | undefined {
  const { issuer, clientId, month, tally, total, chain, now } = facts;
  if (tally.isKept() && !isSame(tally.total(), total)) return undefined;
  const { grouped_by, rows } = finest(tally);
  return {
    ...{ iss: issuer, sub: clientId, iat: Math.floor(now / 1000) },
    period: { from: new Date(month.from).toISOString(), to: new Date(month.to).toISOString() },
    currency: 'USD',
    ...{ grouped_by, rows, total: toldSums(total) },
    chain: { seq: chain.seq, hash: chain.hash },
  };
}

function finest(tally: StatementTally): Pick<StatementClaims, 'grouped_by' | 'rows'> {
  for (const grouped_by of tally.isKept() ? GROUPINGS : []) {
    const rows = grouped_by.length === 0 ? [] : tally.rows(grouped_by);
    if (JSON.stringify(rows).length <= MAX_ROWS) return { grouped_by, rows };
  }
  return { grouped_by: [], rows: [] };
}

const EXACT = ['calls', 'errors', 'refused', 'cost', 'bytesOut'] as const;

const isSame = (some: Sums, others: Sums): boolean => EXACT.every((name) => some[name] === others[name]);

const toldSums = ({ calls, errors, refused, bytesOut, cost }: Sums): StatementSums => ({
  ...{ calls, errors, refused, bytes_out: bytesOut },
  ...{ cost_micro_dollars: cost, cost: formatDollars(cost) },
});

export interface StatementTally {
  /** Counts a row of the client's. */
  add(row: Rollup): void;
  /** Counts no more, and forgets what it has: there would be too much of it. */
  abandon(): void;
  isKept(): boolean;
  total(): Sums;
  /** Sorted by route, then tenant. */
  rows(grouping: Grouping): StatementRow[];
}

/** Adds up rows of closed hours; it takes as much memory as there are routes and tenants. */
export function statementTally(): StatementTally {
  let kept = true;
  const groups = new Map<string, Group>();
  return {
    add: (row) => kept && addTo(groups, row, row),
    abandon: () => {
      kept = false;
      groups.clear();
    },
    isKept: () => kept,
    total: () => {
      const total = noSums();
      for (const { sums } of groups.values()) addSums(total, sums);
      return total;
    },
    rows: (grouping) => {
      const coarse = new Map<string, Group>();
      for (const { route, tenant, sums } of groups.values()) {
        addTo(coarse, { route, ...(grouping.includes('tenant') && { tenant }) }, sums);
      }
      return [...coarse.values()].sort(inOrder).map(({ route, tenant, sums }) => ({
        ...{ route, ...(tenant !== undefined && { tenant }) },
        ...toldSums(sums),
      }));
    },
  };
}

interface GroupName {
  route: string;
  tenant?: string | undefined;
}

interface Group extends GroupName {
  sums: Sums;
}

function addTo(groups: Map<string, Group>, { route, tenant }: GroupName, sums: Sums): void {
  const id = JSON.stringify([route, tenant]);
  const group = groups.get(id) ?? { route, tenant, sums: noSums() };
  groups.set(id, group);
  addSums(group.sums, sums);
}

/** By code unit, so that the order is everywhere the same; without a tenant comes first. */
function inOrder(some: Group, other: Group): number {
  if (some.route !== other.route) return some.route < other.route ? -1 : 1;
  return (some.tenant ?? '') < (other.tenant ?? '') ? -1 : 1;
}
