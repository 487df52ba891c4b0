/** Walks a list of the operators' routes from page to page, by the cursor `next` of each. */
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { CommandFailure } from './failure.ts';
import { askOperator } from './operator.ts';
import { progress } from './output.ts';
import { notOurs } from './refusal.ts';
import type { Target } from './target.ts';

/** A list, and how its answer is read. */
export interface List<Item extends z.ZodType> {
  /** The route's, such as `/admin/clients`. */
  path: string;
  query?: Readonly<Record<string, string>>;
  /** The member of a page that has the entries, such as `clients`; people see it while they wait. */
  member: string;
  item: Item;
  /** The verb whose help tells what may be asked for. */
  help: string;
  steps?: Readonly<Record<string, string>>;
  /** No more entries than these; all by default. */
  most?: number;
}

/**
 * Reads a list to its end, and says on a terminal how far it is.
 *
 * @returns all its entries, in the order of the server
 * @throws {CommandFailure}
 */
export async function listAll<Item extends z.ZodType>(
  target: Target,
  list: List<Item>,
): Promise<z.output<Item>[]> {
  const { member, item, most = Number.POSITIVE_INFINITY } = list;
  const shape = z.object({ [member]: z.array(item), next: z.string().optional() });
  const step = progress();
  const items: z.output<Item>[] = [];
  const seen = new Set<string>();
  try {
    for (let cursor: string | undefined; ; ) {
      const page: Record<string, unknown> = await pageOf(target, list, shape, cursor);
      items.push(...(page[member] as z.output<Item>[]));
      cursor = page.next as string | undefined;
      if (cursor === undefined || items.length >= most) return items.slice(0, most);
      // A cursor that comes again would be followed for ever.
      if (seen.has(cursor)) throw notOurs(200);
      seen.add(cursor);
      step(`Reading ${member}: ${items.length} …`);
    }
  } finally {
    step();
  }
}

/** Milliseconds before each further attempt: a long walk should not end with the first page that was throttled. */
const PAUSES = [250, 1000];

async function pageOf<Shape extends z.ZodType, Item extends z.ZodType>(
  target: Target,
  { path, query = {}, help, steps }: List<Item>,
  shape: Shape,
  cursor: string | undefined,
): Promise<z.output<Shape>> {
  const asked = {
    ...({ method: 'GET', path, help, steps, shape } as const),
    query: cursor === undefined ? query : { ...query, cursor },
  };
  for (const pause of cursor === undefined ? [] : PAUSES) {
    try {
      return (await askOperator(target, asked)).body;
    } catch (error) {
      if (!(error instanceof CommandFailure) || !error.again) throw error;
      await wait(pause);
    }
  }
  return (await askOperator(target, asked)).body;
}
