/** Pages of a list that is read as a whole, because there are few: whatever grows without end is paged by its store. */
import type { Request, Response } from './event.ts';
import {
  formatCursor,
  invalidCursor,
  linkTo,
  type PageLimits,
  parsePageQuery,
  positionIn,
} from './paging.ts';
import { json } from './respond.ts';

/** An entry, and the name that it stands by: in the order of the names, each once. */
export interface Named {
  name: string;
  shown: Readonly<Record<string, unknown>>;
}

/**
 * @param member of the answer that has the entries, such as `budgets`
 * @returns 200 with a page of the entries, and `next` where there are more; 400 `unknown_parameter`, `invalid_limit` or
 *   `invalid_cursor`. What comes or goes meanwhile is told, or not; all others are told once
 */
export function pageOf(
  request: Request,
  member: string,
  entries: readonly Named[],
  limits: PageLimits,
): Response {
  const query = parsePageQuery(request, [], limits);
  if (!query.ok) return query.failure;
  const { limit, cursor } = query.value;
  const after = cursor === undefined ? '' : positionIn(cursor, [member]);
  if (typeof after !== 'string') return invalidCursor();
  const left = entries
    .filter(({ name }) => name > after)
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  const page = left.slice(0, limit);
  const next = left.length > limit ? formatCursor([member], page.at(-1)?.name) : undefined;
  const shown = page.map((entry) => entry.shown);
  return json(200, { [member]: shown, ...(next !== undefined && { next }) }, linkTo(query.value, next));
}
