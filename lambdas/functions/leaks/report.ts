/** What was done with something that has leaked: its tokens, their calls, and what those cost. Bounded, whatever there is. */
import { MAX_CALLS_READ, noTotals, plus, readCalls, type Totals } from '../../domain/ledger/lineage.ts';
import type { LineageReader } from '../../domain/ledger/ports.ts';
import { hoursOfLife } from '../../domain/ledger/token-life.ts';
import type { Clock } from '../../domain/ports.ts';
import type { TokenEntry, UsageRecord } from '../../domain/usage.ts';
import type { Found } from './locate.ts';

export interface ReportPorts {
  lineage: LineageReader;
  clock: Clock;
}

/** What one request may still read, for all that it tells of. */
export interface ReportLimits {
  calls: number;
  /** Hours of calls, of all tokens: eight queries each. */
  hours: number;
  tokens: number;
  /** When it has to come to an end, milliseconds since the epoch. */
  deadline: number;
}

/** What is done well within the 29 seconds that the function has. */
export const limitsFrom = (now: number): ReportLimits => ({
  ...{ calls: MAX_CALLS_READ, hours: 250, tokens: 10_000 },
  deadline: now + 20_000,
});

export interface Report {
  tokens: number;
  totals: Totals;
  /** Whether these are all tokens and all calls that there are. */
  complete: boolean;
  /** Milliseconds since the epoch, of the calls that were read. */
  firstAt?: number;
  lastAt?: number;
  /** How many calls came from each address, those that only failed included. */
  addresses: Map<string, number>;
  newest: TokenEntry[];
}

/** Tokens that are told one by one. */
const NEWEST = 20;

/** Of the newest tokens first. @param left counts down. @throws {StoreUnavailable} */
export async function reportOf(ports: ReportPorts, found: Found, left: ReportLimits): Promise<Report> {
  const report: Report = {
    ...{ tokens: 0, totals: noTotals(), complete: true },
    ...{ addresses: new Map<string, number>(), newest: [] },
  };
  for await (const token of tokensOf(ports, found)) {
    if (left.tokens <= 0 || ports.clock() >= left.deadline) {
      report.complete = false;
      break;
    }
    left.tokens -= 1;
    report.tokens += 1;
    if (report.newest.length < NEWEST) report.newest.push(token);
    await addCalls(ports, report, token, left);
  }
  return report;
}

async function* tokensOf({ lineage }: ReportPorts, found: Found): AsyncGenerator<TokenEntry> {
  switch (found.of) {
    case 'credential': {
      const { clientId, credentialId } = found.credential;
      return yield* lineage.tokensOf({ of: 'credential', clientId, credentialId });
    }
    case 'session':
      return yield* lineage.tokensOf({ of: 'transaction', txn: found.family.txn });
    case 'token': {
      const { txn: _, ...token } = found.token;
      // Where nothing was noted of it, the token itself says enough to find its calls.
      yield (await lineage.issued(token.jti)) ?? { ...token, grantType: 'login' };
    }
  }
}

async function addCalls(
  ports: ReportPorts,
  report: Report,
  token: TokenEntry,
  left: ReportLimits,
): Promise<void> {
  const hours = hoursOfLife({ issuedAt: token.iat * 1000, exp: token.exp }, ports.clock());
  if (hours.length > left.hours || left.calls <= 0) {
    report.complete = false;
    return;
  }
  const { totals, complete } = await readCalls(seen(report, callsOf(ports, token, hours)), 0, left.calls);
  report.totals = plus(report.totals, totals);
  report.complete &&= complete;
  left.hours -= hours.length;
  left.calls -= totals.calls;
}

async function* callsOf({ lineage }: ReportPorts, token: TokenEntry, hours: readonly string[]) {
  for (const hour of hours) yield* lineage.callsOf(token, hour);
}

async function* seen(report: Report, calls: AsyncIterable<UsageRecord>): AsyncGenerator<UsageRecord> {
  for await (const call of calls) {
    const { addresses, firstAt = call.at, lastAt = call.at } = report;
    report.firstAt = Math.min(firstAt, call.at);
    report.lastAt = Math.max(lastAt, call.at);
    addresses.set(call.sourceIp, (addresses.get(call.sourceIp) ?? 0) + 1);
    yield call;
  }
}
