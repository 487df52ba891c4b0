/** The same question to many routes, and one check about all of their answers. */

import { setTimeout as wait } from 'node:timers/promises';
import pMap from 'p-map';
import { type Check, few, type Verdicts } from './check.ts';
import { type Exchange, type Http, isObject, parseJson, type Reply, type RequestOptions } from './http.ts';
import { requestTo } from './routes.ts';

/** How a route, by its key, answered. */
export interface Answer {
  route: string;
  exchange: Exchange;
}

/** More would look like an attack, and would wait for each other anyway. */
const CONCURRENCY = 6;

/** How often and how many milliseconds a request waits that was throttled. */
const RETRIES = 2;
const PAUSE = 500;

/** Asks all of the routes, a few at a time; a throttled request is sent again a little later. */
export const askAll = (
  http: Http,
  routes: readonly string[],
  options: (route: string) => RequestOptions,
): Promise<Answer[]> =>
  pMap(
    routes,
    async (route) => ({ route, exchange: await patiently(http, requestTo(route), options(route)) }),
    { concurrency: CONCURRENCY },
  );

async function patiently(
  http: Http,
  key: string,
  options: RequestOptions,
  retries = RETRIES,
): Promise<Exchange> {
  const exchange = await http.send(key, options);
  if (!exchange.ok || exchange.reply.status !== 429 || retries === 0) return exchange;
  await wait(PAUSE);
  return patiently(http, key, options, retries - 1);
}

export interface Rule {
  id: string;
  /** What is wrong with an answer, such as "answers 200"; `undefined` where it is right. */
  complaint: (reply: Reply) => string | undefined;
  /** The sentence where all are right. */
  right: string;
  /** The beginning of the sentence where one is not. */
  wrong: string;
  next: string;
}

/**
 * @returns one check: ok where all answers are right, a warning where some were throttled and the others right,
 *   skipped where there are none
 */
export function judge(
  { ok, warning, failed, skipped }: Verdicts,
  answers: readonly Answer[],
  rule: Rule,
): Check {
  const { id, right, wrong, next } = rule;
  if (answers.length === 0)
    return skipped(id, 'There is no answer to look at.', 'First see to what failed above.');
  const complaints = answers.flatMap(({ route, exchange }) => {
    const complaint = complaintOf(exchange, rule);
    return complaint === undefined
      ? []
      : [{ says: `${route} ${complaint}`, throttled: isThrottled(exchange) }];
  });
  const serious = complaints.filter(({ throttled }) => !throttled);
  if (serious.length > 0) return failed(id, `${wrong}: ${each(serious)}.`, next);
  if (complaints.length === 0) return ok(id, right);
  const undecided = each(complaints);
  return warning(
    id,
    `Not all could be found out: ${undecided}.`,
    'Run this again when there is less traffic.',
  );
}

/** Once, although a route was asked many times. */
const each = (complaints: readonly { says: string }[]): string =>
  few([...new Set(complaints.map(({ says }) => says))]);

const complaintOf = (exchange: Exchange, { complaint }: Rule): string | undefined =>
  exchange.ok ? complaint(exchange.reply) : `did not answer (${exchange.reason})`;

const isThrottled = (exchange: Exchange): boolean => exchange.ok && exchange.reply.status === 429;

/** @returns a {@link Rule.complaint} about every status but this one. */
export const expectStatus =
  (expected: number) =>
  ({ status }: Reply): string | undefined =>
    status === expected ? undefined : `answers ${status}`;

/** @returns whether the gateway itself says that there is no such route. */
export function isNoRoute({ exchange }: Answer): boolean {
  if (!exchange.ok || exchange.reply.status !== 404) return false;
  const body = parseJson(exchange.reply.body);
  return isObject(body) && body.message === 'Not Found' && Object.keys(body).length === 1;
}
