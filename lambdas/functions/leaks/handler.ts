/** `POST /admin/leaks`: a secret has leaked. It is ended, its tokens are revoked, and what it did is told. */
import type { AuditWriter } from '../../domain/audit.ts';
import { type LeakReport, parseLeakReport } from '../../domain/leak.ts';
import { readJsonOrList } from '../../http/body.ts';
import type { Handler, Response } from '../../http/event.ts';
import type { Log, LogFields } from '../../http/log.ts';
import { type OperatorRequest, operatorRoute, refused } from '../../http/operator.ts';
import { json } from '../../http/respond.ts';
import { changeOf, type Ended, type EndPorts, end } from './end.ts';
import { foundShown, notFoundShown, reportShown } from './format.ts';
import { type Found, inTurn, type Located, type LocatePorts, locate, type Turn } from './locate.ts';
import { limitsFrom, type ReportLimits, type ReportPorts, reportOf } from './report.ts';

export interface LeaksPorts extends LocatePorts, EndPorts, ReportPorts {
  log: Log;
  audit: AuditWriter;
}

/** Bytes of a body: a hundred reports of the longest keys and where they were found, or a few access tokens. */
const MAX_REPORT = 256 * 1024;

/**
 * Whatever is found is ended first, all of it, and told of then. So a report that cannot be read keeps nothing from its
 * end, and what could not be ended is an error, however much was.
 *
 * @returns the handler: 200 with what became of it, or of each of a list as `results`, in its order; 400 or 413
 *   `invalid_body`, 400 `invalid_<member>`; 503 `ledger_unavailable` where not all of it is ended
 */
export const leaksHandler = (ports: LeaksPorts): Handler =>
  operatorRoute(
    { log: ports.log, audit: ports.audit, store: 'ledger', unavailable: UNAVAILABLE },
    async (asked) => {
      const body = readJsonOrList(asked.request, MAX_REPORT);
      if (!body.ok) return refused(body.failure.status, 'invalid_body', body.failure.reason);
      const report = parseLeakReport(body.value);
      if (!report.ok) return refused(400, report.failure.code, report.failure.detail);
      return answer(ports, asked, report.value);
    },
  );

const UNAVAILABLE =
  'A store did not answer, and not everything that was reported may be ended. Report it again at once: what is ended stays so.';

/** A leak, what it is, and what became of it. */
interface Case {
  located: Located;
  ended?: Ended;
}

async function answer(ports: LeaksPorts, asked: OperatorRequest, report: LeakReport): Promise<Response> {
  const now = ports.clock();
  const cases = await endAll(ports, asked, report);
  const limits = limitsFrom(now);
  const told = new Map<string, unknown>();
  for (const [secret, one] of cases) told.set(secret, await tell(ports, asked, one, limits, now));
  const results = report.leaks.map(({ secret }) => told.get(secret));
  return json(200, report.isList ? { results } : results[0]);
}

/** @throws {StoreUnavailable} the first failure, once everything was tried */
async function endAll(
  ports: LeaksPorts,
  asked: OperatorRequest,
  report: LeakReport,
): Promise<Map<string, Case>> {
  const cases = new Map<string, Case>();
  const failures: unknown[] = [];
  for (const turn of inTurn(report.leaks, ports.clock())) {
    try {
      cases.set(turn.leak.secret, await handle(ports, asked, turn, report));
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return cases;
}

async function handle(
  ports: LeaksPorts,
  { fields, change }: OperatorRequest,
  turn: Turn,
  report: LeakReport,
): Promise<Case> {
  const located = await locate(ports, turn);
  if (typeof located === 'string') {
    ports.log.info('leak reported', { ...fields, reason: located });
    return { located };
  }
  if (report.policy === 'report') return { located };
  await change(changeOf(located, turn.leak, report));
  const ended = await end(ports, located);
  if (ended.outcome === 'revoked') ports.log.count('TokenRevoked');
  ports.log.warn('leaked secret ended', { ...fields, reason: ended.outcome, ...logged(located) });
  return ended.outcome === 'unknown' ? { located: 'unknown' } : { located, ended };
}

async function tell(
  ports: LeaksPorts,
  { fields }: OperatorRequest,
  { located, ended }: Case,
  limits: ReportLimits,
  now: number,
): Promise<unknown> {
  if (typeof located === 'string') return notFoundShown(located);
  const shown = foundShown(located, ended, now);
  try {
    return { ...shown, ...reportShown(located, await reportOf(ports, located, limits)) };
  } catch (error) {
    // What it is about has been done, and the caller has to hear that.
    ports.log.error('a leak could not be told of', { ...fields, ...logged(located), error });
    return { ...shown, ...reportShown(located, undefined) };
  }
}

function logged(found: Found): LogFields {
  const { clientId, credentialId } =
    found.of === 'credential' ? found.credential : found.of === 'session' ? found.family : found.token;
  return { clientId, credentialId, ...(found.of === 'token' && { jti: found.token.jti }) };
}
