/** Walks a list of the operators' routes from page to page, by the cursor `next` of each. */
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { CommandFailure } from './failure.ts';
import { askOperator, type OperatorAnswer } from './operator.ts';
import { progress } from './output.ts';
import { notOurs } from './refusal.ts';
import type { Target } from './target.ts';

/** What is walked, and how a page of it is read. */
export interface Walk<Shape extends z.ZodType> {
  /** The route's, such as `/admin/clients`. */
  path: string;
  query?: Readonly<Record<string, string>>;
  shape: Shape;
  /** The verb whose help tells what may be asked for. */
  help: string;
  steps?: Readonly<Record<string, string>>;
  /** Ends it. */
  signal?: AbortSignal | undefined;
}

/** A list, and how its answer is read. */
export interface List<Item extends z.ZodType> extends Omit<Walk<Item>, 'shape'> {
  /** The member of a page that has the entries, such as `clients`; people see it while they wait. */
  member: string;
  item: Item;
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
  { member, item, most = Number.POSITIVE_INFINITY, ...walk }: List<Item>,
): Promise<z.output<Item>[]> {
  const shape = z.object({ [member]: z.array(item), next: z.string().optional() });
  const step = progress();
  const items: z.output<Item>[] = [];
  try {
    for await (const { body } of pagesOf(target, { ...walk, shape })) {
      items.push(...(body[member] as z.output<Item>[]));
      if (items.length >= most) break;
      step(`Reading ${member}: ${items.length} …`);
    }
    return items.slice(0, most);
  } finally {
    step();
  }
}

/**
 * @param nextIn where an answer has the cursor of the next page, if not as the member `next` of its JSON
 * @returns the pages one by one; the next is asked for when it is needed
 * @throws {CommandFailure} while it is iterated
 */
export async function* pagesOf<Shape extends z.ZodType>(
  target: Target,
  walk: Walk<Shape>,
  nextIn: (answer: OperatorAnswer<z.output<Shape>>) => string | undefined = nextInJson,
): AsyncGenerator<OperatorAnswer<z.output<Shape>>, void, undefined> {
  const seen = new Set<string>();
  for (let cursor: string | undefined; ; ) {
    const answer = await pageOf(target, walk, cursor);
    yield answer;
    cursor = nextIn(answer);
    if (cursor === undefined) return;
    // A cursor that comes again would be followed for ever.
    if (seen.has(cursor)) throw notOurs(200);
    seen.add(cursor);
  }
}

const nextInJson = ({ body }: { body: unknown }): string | undefined => (body as { next?: string }).next;

/** Milliseconds before each further attempt: a long walk should not end with the first page that was throttled. */
const PAUSES = [250, 1000];

async function pageOf<Shape extends z.ZodType>(
  target: Target,
  { query = {}, ...walk }: Walk<Shape>,
  cursor: string | undefined,
): Promise<OperatorAnswer<z.output<Shape>>> {
  const asked = {
    ...{ ...walk, method: 'GET' as const },
    query: cursor === undefined ? query : { ...query, cursor },
  };
  for (const pause of cursor === undefined ? [] : PAUSES) {
    try {
      return await askOperator(target, asked);
    } catch (error) {
      if (!(error instanceof CommandFailure) || !error.again) throw error;
      await wait(pause);
    }
  }
  return askOperator(target, asked);
}
