/** Puts a statement together from what the closed hours of a month amounted to, and makes sure that it adds up. */
import pMap from 'p-map';
import { hourAfter, type Link } from '../../domain/ledger/closing.ts';
import type { Chain, LateHours, RollupReader } from '../../domain/ledger/ports.ts';
import { addSums, noSums, type Sums } from '../../domain/ledger/rollup.ts';
import {
  type Month,
  openUntil,
  type StatementClaims,
  type StatementTally,
  statementClaims,
  statementTally,
} from '../../domain/ledger/statement.ts';
import type { Clock } from '../../domain/ports.ts';

export interface CompilePorts {
  rollups: RollupReader;
  chain: Pick<Chain, 'head' | 'linkOf' | 'links'>;
  late: Pick<LateHours, 'marked'>;
  clock: Clock;
  issuer: string;
}

export type Compiled =
  | { kind: 'statement'; claims: StatementClaims }
  /** @param until when to ask again, milliseconds since the epoch */
  | { kind: 'not_closed'; until: number }
  /** No hour of the month was ever closed: it was before there was a ledger. */
  | { kind: 'nothing_recorded' }
  /** An hour of the month was closed again meanwhile. */
  | { kind: 'changed' }
  /** The rows and the hours' totals are not of the same calls. */
  | { kind: 'inconsistent' };

/**
 * Nothing is locked. A late record is marked before it is counted and until its hour has a new link; so what is read
 * between two looks at the marks and the chain that show the same is of one piece.
 *
 *     marks, chain ── rows, totals ── marks, chain
 *
 * @throws {StoreUnavailable}
 */
export async function compile(ports: CompilePorts, clientId: string, month: Month): Promise<Compiled> {
  const { rollups, late, clock, issuer } = ports;
  const now = clock();
  const state = await rollups.state();
  const until = openUntil(month, state, await hoursOf(late), now);
  if (until !== undefined) return { kind: 'not_closed', until };
  const chain = await lastLinkOf(ports, month);
  if (chain === undefined) return { kind: 'nothing_recorded' };
  const [tally, total] = await Promise.all([
    tallyOf(rollups, clientId, month),
    totalOf(rollups, clientId, month),
  ]);
  if (openUntil(month, state, await hoursOf(late), now) !== undefined) return { kind: 'changed' };
  if ((await lastLinkOf(ports, month))?.seq !== chain.seq) return { kind: 'changed' };
  const claims = statementClaims({ issuer, clientId, month, tally, total, chain, now });
  return claims === undefined ? { kind: 'inconsistent' } : { kind: 'statement', claims };
}

const hoursOf = async (late: CompilePorts['late']): Promise<string[]> =>
  (await late.marked()).map(({ hour }) => hour);

/** Links behind a month's last hour that are read for those that are about the month: they are all in one partition. */
const MAX_LINKS = 1_000;

/**
 * The month's last hour is closed after the others; what was closed again is behind it. The chain of years is not read
 * for that, or whoever asks for an old month again and again would keep the closing from it: there each hour has the
 * link that counts for it in a partition of its own.
 */
async function lastLinkOf({ chain, rollups }: CompilePorts, month: Month): Promise<Link | undefined> {
  let last = await chain.linkOf(month.hours.to);
  if (last === undefined && !(await wasClosed(rollups, month))) return undefined;
  const [head, from] = [await chain.head(), last?.seq ?? 0];
  if (head !== undefined && head.seq - from > MAX_LINKS) return lastOfHours(chain, month);
  for await (const link of chain.links(from)) if (link.hour.startsWith(month.name)) last = link;
  return last;
}

/** Every hour that is closed has a total, whatever was in it. */
async function wasClosed(rollups: RollupReader, { name, hours }: Month): Promise<boolean> {
  for await (const _ of rollups.totalsOf({ of: 'everyone' }, name, hours)) return true;
  return false;
}

async function lastOfHours(chain: CompilePorts['chain'], { hours }: Month): Promise<Link | undefined> {
  const all: string[] = [];
  for (let hour = hours.from; hour <= hours.to; hour = hourAfter(hour)) all.push(hour);
  const links = await pMap(all, (hour) => chain.linkOf(hour), { concurrency: AT_ONCE });
  return links.reduce(
    (last, link) => (link !== undefined && link.seq > (last?.seq ?? 0) ? link : last),
    undefined,
  );
}

async function totalOf(rollups: RollupReader, clientId: string, month: Month): Promise<Sums> {
  const sums = noSums();
  for await (const total of rollups.totalsOf({ of: 'client', clientId }, month.name, month.hours)) {
    addSums(sums, total);
  }
  return sums;
}

/** Subjects, or hours, that are read at once; the client has 50 connections. */
const AT_ONCE = 16;

/** Subjects of a client in a month up to which there is time to tell routes apart: the gateway waits for 30 seconds. */
const MAX_SUBJECTS = 20_000;

async function tallyOf(rollups: RollupReader, clientId: string, month: Month): Promise<StatementTally> {
  const tally = statementTally();
  await pMap(
    subjects(),
    async (sub) => {
      // A subject may call as several clients.
      for await (const row of rollups.rollupsOf(sub, month.name, month.hours)) {
        if (row.clientId === clientId) tally.add(row);
      }
    },
    { concurrency: AT_ONCE },
  );
  return tally;

  async function* subjects(): AsyncGenerator<string, void, undefined> {
    let seen = 0;
    for await (const sub of rollups.active({ of: 'client', clientId }, month.name)) {
      seen += 1;
      if (seen > MAX_SUBJECTS) return tally.abandon();
      yield sub;
    }
  }
}
