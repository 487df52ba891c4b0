/**
 * Pages of a list: an answer has the cursor of the next one as its member `next`, and its header `Link` leads there
 * (RFC 8288). A cursor goes on with the very query that it was given for, and is good for nothing else.
 */
import { createHash } from 'node:crypto';
import { fail, ok, type Result } from '../domain/result.ts';
import type { Request, Response } from './event.ts';
import { problem } from './respond.ts';

/** What is asked for, beside what the path says. */
export interface PageQuery {
  limit: number;
  cursor?: string;
  /** The other parameters. */
  given: Readonly<Record<string, string | undefined>>;
}

/** How many entries a page has, and how many it can have. */
export interface PageLimits {
  usual: number;
  most: number;
}

/**
 * @param names of the parameters that there are beside `limit` and `cursor`
 * @returns the query, or 400 `unknown_parameter` or `invalid_limit`
 */
export function parsePageQuery(
  { queryStringParameters = {} }: Request,
  names: readonly string[],
  { usual, most }: PageLimits,
): Result<PageQuery, Response> {
  const known = [...names, 'limit', 'cursor'];
  if (!Object.keys(queryStringParameters).every((name) => known.includes(name))) {
    return fail(notAPage('unknown_parameter', `the parameters are ${known.join(', ')}`));
  }
  const { limit = String(usual), cursor, ...given } = queryStringParameters;
  if (!/^[1-9]\d{0,5}$/.test(limit) || Number(limit) > most) {
    return fail(notAPage('invalid_limit', `limit is a whole number from 1 to ${most}`));
  }
  return ok({ limit: Number(limit), ...(cursor !== undefined && { cursor }), given });
}

/** @returns 400: the cursor is not one that was given for this query. */
export const invalidCursor = (): Response =>
  notAPage('invalid_cursor', 'the cursor is none of this query: begin without one');

const notAPage = (code: string, detail: string): Response =>
  problem({ status: 400, code, title: 'Not a page', detail });

/**
 * @param query what the cursor is for, whatever its limit
 * @param position where the next page begins
 */
export const formatCursor = (query: readonly string[], position: unknown): string =>
  Buffer.from(JSON.stringify([markOf(query), position])).toString('base64url');

/** @returns the position, to be parsed; `undefined` for what is no cursor of this query */
export function positionIn(cursor: string, query: readonly string[]): unknown {
  try {
    const [mark, position] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    return mark === markOf(query) ? position : undefined;
  } catch {
    return undefined;
  }
}

const markOf = (query: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(query)).digest('base64url').slice(0, 12);

/** @returns the header that leads to the next page, by its query alone: the path is as it was; none where there is none */
export function linkTo({ limit, given }: PageQuery, cursor: string | undefined): Record<string, string> {
  if (cursor === undefined) return {};
  const parameters = new URLSearchParams({ limit: String(limit), cursor });
  for (const [name, value = ''] of Object.entries(given)) parameters.set(name, value);
  return { link: `<?${parameters}>; rel="next"` };
}
