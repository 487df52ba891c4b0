/**
 * The log. Only the fields named here can be written, so that no event, header or body slips in; no message
 * of an error is written either, because parsers quote their input in theirs.
 */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { ClientClass } from '../domain/client-class.ts';
import type { IssuedToken, UsageRecord } from '../domain/usage.ts';

export interface LogFields {
  requestId?: string;
  route?: string;
  status?: number;
  code?: string;
  /** A sentence of ours, never of the caller's. */
  reason?: string;
  clientId?: string;
  credentialId?: string;
  sub?: string;
  jti?: string;
  txn?: string;
  kid?: string;
  operator?: string;
  /** The request that a record is about, which is not the one that books it. */
  ofRequest?: string;
  /** A trusted issuer's name. */
  issuer?: string;
  /** A UTC hour, such as `2026-11-22T03`. */
  hour?: string;
  /** Whose budget, such as `client ci`. */
  budget?: string;
  role?: string;
  /** The route whose price it is, and the start of the price. */
  priceOf?: string;
  from?: string;
  error?: unknown;
}

/** What can be counted; the alarms and the dashboard are made of these. */
export type MetricName =
  | 'LoginSucceeded'
  | 'LoginFailed'
  | 'LoginLockedOut'
  | 'TokenRevoked'
  | 'GrantRefused'
  | 'RefreshReused'
  | 'BudgetExhausted'
  | 'BudgetWarningFailed'
  /** No statement was signed: what its rows and its hours amount to is not the same. */
  | 'StatementSumsDisagreed'
  | 'CallAdmitted'
  | 'CallRefused'
  | 'GuardFailed'
  | 'UnbookedCall'
  | 'HoursClosed'
  | 'ClosingFailed'
  /** A handler failed (5xx) on a call that was admitted. */
  | 'CallFailed'
  | 'UseAfterRevocation'
  | 'UseFromNewAddress'
  | 'UnusualCost';

/** What is measured rather than counted: each value says how much there is. */
export type MeasureName =
  /** Hours that are due and not closed. */
  'ClosingBacklog';

/** The marker under which a record that could not be written is logged whole. `replay` looks for it. */
export const UNBOOKED = 'TOLLGATE_UNBOOKED_CALL';

export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Logs a usage record whole, and the token it issued if it is a login's, so that it can be booked later. */
  unbooked(record: UsageRecord, error: unknown, issued?: IssuedToken): void;
  /** Adds one to a metric, and to that of a class of clients where one is named. */
  count(metric: MetricName, ofClass?: ClientClass): void;
  /** Says how much there is of something. */
  measure(metric: MeasureName, value: number): void;
}

/** @param service the function's name, as it stands in each line */
export function createLog(service: string): Log {
  const logger = new Logger({ serviceName: service });
  // Its service is POWERTOOLS_SERVICE_NAME, the stack: one metric of all functions, for an alarm to watch.
  const metrics = new Metrics({ namespace: 'Tollgate' });
  const measure = (metric: MetricName | MeasureName, value: number, ofClass?: ClientClass) => {
    // Two sets of dimensions: all clients, as the alarms have it, and those of the class.
    if (ofClass !== undefined) metrics.addDimensions({}).addDimensions({ class: ofClass });
    metrics.addMetric(metric, MetricUnit.Count, value);
    metrics.publishStoredMetrics();
  };
  const count = (metric: MetricName, ofClass?: ClientClass) => measure(metric, 1, ofClass);
  return {
    info: (message, fields = {}) => logger.info(message, allowed(fields)),
    warn: (message, fields = {}) => logger.warn(message, allowed(fields)),
    error: (message, fields = {}) => logger.error(message, allowed(fields)),
    unbooked: (record, error, issued) => {
      logger.error(UNBOOKED, { record, ...(issued !== undefined && { issued }), ...describe(error) });
      count('UnbookedCall');
    },
    count,
    measure,
  };
}

const NAMES = [
  'requestId',
  'route',
  'status',
  'code',
  'reason',
  'clientId',
  'credentialId',
  'sub',
  'jti',
  'txn',
  'kid',
  'operator',
  'ofRequest',
  'issuer',
  'hour',
  'budget',
  'role',
  'priceOf',
  'from',
] as const satisfies readonly (keyof LogFields)[];

function allowed(fields: LogFields): Record<string, unknown> {
  const kept = NAMES.filter((name) => fields[name] !== undefined).map((name) => [name, fields[name]]);
  return { ...Object.fromEntries(kept), ...('error' in fields ? describe(fields.error) : {}) };
}

/** The kind of an error and where it happened, without its message. */
function describe(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { errorName: typeof error };
  const frames = error.stack
    ?.split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, 5);
  const cause = error.cause instanceof Error ? { errorCause: error.cause.name } : {};
  return { errorName: error.name, ...cause, errorAt: frames?.map((frame) => frame.trim()) };
}
