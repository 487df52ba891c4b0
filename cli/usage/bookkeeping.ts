/** The routes under `/admin/usage` as the verbs of `tollgate usage` use them. */
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { notOurs, refusal } from '../refusal.ts';
import { type Answer, type Asked, signedFetch } from '../signed-fetch.ts';
import type { Target } from '../target.ts';
import { type Link, linkShape } from './chain.ts';

/** What the server takes at once. */
export const BATCH = 100;

const resultShape = z.object({
  request_id: z.string().optional(),
  outcome: z.enum(['booked', 'already_booked', 'refused']),
  code: z.string().optional(),
  price_micro_dollars: z.number().optional(),
});

/** What became of one record. */
export type BookingResult = z.output<typeof resultShape>;

/**
 * @param records up to {@link BATCH}
 * @returns what became of each, in their order
 * @throws {CommandFailure}
 */
export async function postRecords(
  target: Target,
  help: string,
  records: readonly object[],
  bookedBy: 'replay' | 'reconciliation',
): Promise<BookingResult[]> {
  const asked = {
    method: 'POST',
    path: '/admin/usage/records',
    content: { records, booked_by: bookedBy },
  } as const;
  const { results } = await ask(target, help, asked, z.object({ results: z.array(resultShape) }));
  if (results.length !== records.length) throw notOurs(200);
  return results;
}

/** A call, as the server looks for its record. */
export interface CallReference {
  request_id: string;
  at: number;
  sub: string;
  jti: string;
}

/** @returns the ids of those that have no record. @throws {CommandFailure} */
export async function missingOf(
  target: Target,
  help: string,
  calls: readonly CallReference[],
): Promise<ReadonlySet<string>> {
  const asked = { method: 'POST', path: '/admin/usage/missing', content: { calls } } as const;
  const { missing } = await ask(target, help, asked, z.object({ missing: z.array(z.string()) }));
  return new Set(missing);
}

const pageShape = z.object({
  links: z.array(linkShape),
  next: z.number().optional(),
  closed_through: z.string().optional(),
});

/** The chain from a link on, to its end. */
export interface ListedChain {
  links: Link[];
  /** The last hour that is closed, as the server has noted it. */
  closedThrough: string | undefined;
}

/** @throws {CommandFailure} */
export async function listChain(target: Target, help: string, after = 0): Promise<ListedChain> {
  const links: Link[] = [];
  const query = { after: String(after) };
  for (;;) {
    const asked: Asked = { method: 'GET', path: '/admin/usage/closings', query: { ...query } };
    const page = await ask(target, help, asked, pageShape);
    links.push(...page.links);
    // A page that goes nowhere would be asked for for ever.
    if (page.next === undefined || page.next <= Number(query.after)) {
      return { links, closedThrough: page.closed_through };
    }
    query.after = String(page.next);
  }
}

const countedShape = z.object({
  digest: z.string(),
  records: z.int(),
  cost: z.int(),
  link: linkShape,
  late: z.boolean(),
});

/** What an hour amounts to now. */
export type Counted = z.output<typeof countedShape>;

/** Why an hour cannot be counted, and it is no failure of the command. */
export type Uncounted = 'hour_not_closed' | 'hour_expired' | 'hour_unreadable' | 'hour_too_large';

const UNCOUNTED: readonly string[] = [
  'hour_not_closed',
  'hour_expired',
  'hour_unreadable',
  'hour_too_large',
] satisfies Uncounted[];

/** @throws {CommandFailure} */
export async function countHour(target: Target, help: string, hour: string): Promise<Counted | Uncounted> {
  const asked = { method: 'GET', path: `/admin/usage/closings/${hour}` } as const;
  const answer = await persistently(target, asked);
  const code = z.object({ code: z.string() }).safeParse(answer.body).data?.code ?? '';
  if (UNCOUNTED.includes(code)) return code as Uncounted;
  return parsed(answer, help, asked, countedShape);
}

async function ask<Shape extends z.ZodType>(target: Target, help: string, asked: Asked, shape: Shape) {
  return parsed(await persistently(target, asked), help, asked, shape);
}

function parsed<Shape extends z.ZodType>(
  answer: Answer,
  help: string,
  { method, path }: Asked,
  shape: Shape,
): z.output<Shape> {
  if (answer.status !== 200) throw refusal(answer, { route: `${method} ${path}`, help });
  const body = shape.safeParse(answer.body);
  if (!body.success) throw notOurs(answer.status);
  return body.data;
}

/** Milliseconds before each further attempt. */
const PAUSES = [250, 1000, 4000];

/** All of these can be asked for twice; a run of thousands of requests should not end with the first throttled one. */
async function persistently(target: Target, asked: Asked): Promise<Answer> {
  for (const pause of PAUSES) {
    const answer = await signedFetch(target, asked);
    const isTransient = answer.status === 429 || (answer.status === 503 && !isVerdict(answer));
    if (!isTransient) return answer;
    await wait(pause);
  }
  return signedFetch(target, asked);
}

const isVerdict = ({ body }: Answer): boolean =>
  (body as { code?: unknown } | undefined)?.code === ('hour_too_large' satisfies Uncounted);
