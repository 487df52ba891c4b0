/** Who was active in some months, one after another, and no more of them than a page needs. */
import { placePart } from '../../domain/ledger/grouping.ts';
import type { Activity, RollupReader } from '../../domain/ledger/ports.ts';
import type { MonthSpan } from '../../domain/ledger/span.ts';
import type { Sheet } from './sheet.ts';

/** A subject, a client or a tenant. */
export interface Member {
  id: string;
  /** The months in which it was active. */
  months: readonly MonthSpan[];
}

/**
 * @param whole whether all of the page's first member has been told, so that the next one is the first
 * @returns the members of all the months, each once, in the order of their places
 */
export async function* membersOf(
  rollups: RollupReader,
  activity: Activity,
  months: readonly MonthSpan[],
  first?: { id: string; whole: boolean },
): AsyncGenerator<Member, void, undefined> {
  if (first !== undefined && !first.whole) yield { id: first.id, months };
  const lists = await Promise.all(
    months.map(async (span) => {
      const members = rollups.active(activity, span.month, first?.id)[Symbol.asyncIterator]();
      return { span, members, next: await members.next() };
    }),
  );
  for (;;) {
    const ids = lists.flatMap(({ next }) => (next.done === true ? [] : next.value));
    const [id] = ids.sort(byPlace);
    if (id === undefined) return;
    const among = lists.filter(({ next }) => next.done !== true && next.value === id);
    yield { id, months: among.map(({ span }) => span) };
    for (const list of among) list.next = await list.members.next();
  }
}

const byPlace = (a: string, b: string): number => (placePart(a) < placePart(b) ? -1 : 1);

/** How a page is filled. */
export interface Filling {
  /** Adds what there is of a member to the sheet. @returns how much work that was */
  read: (member: Member) => Promise<number>;
  /** How much work is enough for a page: it ends short then. */
  many: number;
  /** How many members are read at once at most. */
  atOnce: number;
}

/** How many at first, when it is not known yet how many rows each has. */
const AT_FIRST = 4;

/**
 * Reads members until the page is full.
 *
 * @returns `undefined` where the page is complete; where it ends short, the member through which it is
 */
export async function readUntilFull(
  { page }: Sheet,
  members: AsyncGenerator<Member, void, undefined>,
  { read, many, atOnce }: Filling,
): Promise<string | undefined> {
  let [count, work, size] = [0, 0, Math.min(AT_FIRST, atOnce)];
  try {
    for (;;) {
      const batch = await take(members, Math.min(size, page.wanted));
      const [end] = page.bound() ?? [];
      const needed = end === undefined ? batch : batch.filter(({ id }) => placePart(id) <= end);
      const last = needed.at(-1);
      if (last === undefined) return undefined;
      work += (await Promise.all(needed.map(read))).reduce((sum, one) => sum + one, 0);
      count += needed.length;
      const groups = page.countThrough(placePart(last.id));
      if (groups >= page.wanted) return undefined;
      if (work >= many) return last.id;
      size = Math.min(atOnce, Math.ceil(((page.wanted - groups) * count) / Math.max(groups, 1)));
    }
  } finally {
    await members.return();
  }
}

async function take(members: AsyncGenerator<Member, void, undefined>, count: number): Promise<Member[]> {
  const taken: Member[] = [];
  while (taken.length < count) {
    const { done, value } = await members.next();
    if (done === true) break;
    taken.push(value);
  }
  return taken;
}
