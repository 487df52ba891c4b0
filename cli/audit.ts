/** `GET /admin/audit` as `tollgate audit` uses it: who changed what, and what became of it. */
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import * as z from 'zod';
import { printable } from './failure.ts';
import { coloursOf, progress } from './output.ts';
import { pagesOf } from './pages.ts';
import type { Target } from './target.ts';

const recordShape = z.looseObject({
  at: z.iso.datetime(),
  request_id: z.string(),
  index: z.number(),
  operator: z.string(),
  action: z.string(),
  target: z.record(z.string(), z.string()),
  details: z.record(z.string(), z.unknown()).optional(),
  outcome: z.string(),
  status: z.number().optional(),
  code: z.string().optional(),
});

export type AuditRecord = z.output<typeof recordShape>;

const pageShape = z.looseObject({
  to: z.iso.datetime(),
  records: z.array(recordShape),
  next: z.string().optional(),
});

export interface Filters {
  operator?: string;
  action?: string;
  target?: string;
}

/** A part of the trail. */
export interface Trail {
  /** The oldest first. */
  records: AuditRecord[];
  /** Up to when, by the server's clock; milliseconds since the epoch. */
  to: number;
}

/**
 * @param from milliseconds since the epoch
 * @throws {CommandFailure}
 */
export async function readTrail(
  target: Target,
  filters: Filters,
  from: number,
  signal?: AbortSignal,
): Promise<Trail> {
  const query = { ...filters, from: new Date(from).toISOString(), limit: '1000' };
  const walk = { path: '/admin/audit', query, shape: pageShape, help: 'audit tail', signal };
  const step = progress();
  const records: AuditRecord[] = [];
  let to = from;
  try {
    for await (const { body } of pagesOf(target, walk)) {
      records.push(...body.records);
      to = Date.parse(body.to);
      step(`Reading changes: ${records.length} …`);
    }
  } finally {
    step();
  }
  return { records: records.reverse(), to };
}

/** @returns the change as one line for a person; its details are cut where the terminal's line ends. */
export function lineOf(record: AuditRecord): string {
  const { dim, red, yellow } = coloursOf(process.stdout);
  const { at, operator, action, target, details, outcome, status, code } = record;
  const colour = { failed: red, refused: yellow, unknown: yellow }[outcome] ?? ((text: string) => text);
  const why = [status, code].filter((one) => one !== undefined).join(' ');
  const named = Object.entries(target).map(([kind, id]) => `${kind}=${id}`);
  const parts = [
    dim(printable(at.replace(/\.\d+Z$/, 'Z'))),
    colour(printable(outcome === 'done' ? outcome : `${outcome}${why === '' ? '' : ` (${why})`}`)),
    printable(action),
    ...named.map(printable),
    `by ${printable(nameOf(operator))}`,
  ];
  if (details === undefined) return parts.join('  ');
  const room = roomAfter(parts.join('  '));
  return [...parts, ...(room < 2 ? [] : [dim(shortened(printable(JSON.stringify(details)), room))])].join(
    '  ',
  );
}

/** An ARN without what is the same in all of them, such as `user/alice`. */
const nameOf = (arn: string): string => /^arn:[^:]*:[^:]*:[^:]*:[^:]*:(.+)$/.exec(arn)?.[1] ?? arn;

const MOST = 160;
const shortened = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`;

/** @returns how many characters of the details there is room for; what is printed before is all of it. */
function roomAfter(line: string): number {
  const { isTTY, columns = 80 } = process.stdout;
  return isTTY === true ? columns - stringWidth(stripVTControlCharacters(line)) - 2 : MOST;
}
