/** `GET /admin/usage` as the verbs of `tollgate usage` use it: what was called and what it cost. */
import { type Command, Option } from 'commander';
import * as z from 'zod';
import { CommandFailure, EXIT } from '../failure.ts';
import { type PeriodOptions, withPeriod } from './period.ts';

export const PATH = '/admin/usage';

const GROUPINGS = ['day', 'hour', 'route', 'user', 'client', 'tenant', 'token'];

const figures = {
  calls: z.number(),
  errors: z.number(),
  refused: z.number(),
  cost_micro_dollars: z.number(),
  cost: z.string(),
  latency_ms: z.looseObject({ p50: z.number(), p95: z.number(), p99: z.number() }).optional(),
};

const rowShape = z.looseObject({
  user: z.string().optional(),
  endpoint: z.string().optional(),
  date: z.string().optional(),
  client: z.string().optional(),
  tenant: z.string().nullable().optional(),
  jti: z.string().optional(),
  ...figures,
});

/** Loose, so that what a newer server adds is handed on. */
export const pageShape = z.looseObject({
  from: z.string(),
  to: z.string(),
  currency: z.string(),
  rows: z.array(rowShape),
  total: z.looseObject(figures),
  next: z.string().optional(),
});

export type ReportRow = z.output<typeof rowShape>;
export type ReportPage = z.output<typeof pageShape>;

export interface ReportOptions extends Omit<PeriodOptions, 'since'> {
  groupBy: string;
  client?: string;
  user?: string;
  tenant?: string;
}

/** Adds what a report can be asked for by. */
export const withReport = (verb: Command): Command =>
  withPeriod(
    verb
      .addOption(new Option('--group-by <what>', 'what a row is').choices(GROUPINGS).default('day'))
      .option('--client <client-id>', 'the calls of a client, in whosever name; of everyone by default')
      .option('--user <sub>', 'the calls in the name of a subject')
      .option('--tenant <tenant>', 'the calls of a tenant'),
  );

/** What can be done about the refusals of a report. */
export const STEPS: Readonly<Record<string, string>> = {
  hours_not_closed: 'Ask for an earlier --to, or see the runbook: the closing is behind.',
  not_whole_hours: 'Give days, or times with no minutes, as --from and --to.',
  records_expired: 'Give a later --from, or another --group-by: only tokens need the records of calls.',
  report_too_large: 'Give a --from and a --to that are closer together, or one --client, --user or --tenant.',
  range_too_long: 'Give a --from and a --to that are closer together.',
  range_reversed: 'Give a --from that is before --to, and not ahead of now.',
};

const DAY = 86_400_000;

/** @throws {CommandFailure} `usage`, where two are named of whom only one can be */
export function queryOf(options: ReportOptions, limit: number): Record<string, string> {
  const whose = (['client', 'user', 'tenant'] as const).flatMap((name) => {
    const value = options[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const [first, second] = whose;
  if (first !== undefined && second !== undefined) {
    const what = `--${first[0]} and --${second[0]} were both given.`;
    throw new CommandFailure(EXIT.usage, what, 'Give one of them.');
  }
  const { groupBy, from, to } = options;
  return {
    groupBy,
    limit: String(limit),
    ...Object.fromEntries(whose),
    // Both in one form, which the server asks for.
    ...(from !== undefined && { from: new Date(from.at).toISOString() }),
    ...(to !== undefined && { to: new Date(to.at + (to.isDay ? DAY : 0)).toISOString() }),
  };
}
