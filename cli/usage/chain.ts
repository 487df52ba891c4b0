/**
 * The chain of closed hours, looked at from outside. This is a second implementation on purpose, by
 * docs/ledger-integrity.md alone: it shares nothing with the one that makes the links.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';

/** Strict: what is not hashed is no part of a link. */
export const linkShape = z.strictObject({
  seq: z.int(),
  hour: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d$/),
  generation: z.int(),
  digest: z.string(),
  records: z.int(),
  cost: z.int(),
  previous: z.string(),
  hash: z.string(),
  at: z.int(),
});

export type Link = z.output<typeof linkShape>;

/** @returns SHA-256, in hex, of a link's canonical JSON (RFC 8785) without its `hash`. */
export function hashOf({ hash: _, ...link }: Link): string {
  const sorted = Object.entries(link).sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(sorted)))
    .digest('hex');
}

/** Something that is not as it was made. */
export interface Fault {
  kind: 'chain' | 'hour';
  /** The number of a link, or an hour. */
  where: string;
  says: string;
}

export interface ExaminedChain {
  faults: Fault[];
  /** The link that counts, by hour; in the order of the hours. */
  counting: ReadonlyMap<string, Link>;
  /** How many hours were closed more than once. */
  amended: number;
  head: Link | undefined;
}

/** Looks at every link, and at what they say together. */
export function examineChain(links: readonly Link[]): ExaminedChain {
  const byHour = new Map<string, Link[]>();
  for (const link of links) byHour.set(link.hour, [...(byHour.get(link.hour) ?? []), link]);
  // Of several links of an hour the one of the latest run counts, of one run the later link.
  for (const all of byHour.values())
    all.sort((one, other) => one.generation - other.generation || one.seq - other.seq);
  const inOrder = [...byHour].sort(([one], [other]) => (one < other ? -1 : 1));
  const faults = [
    ...links.flatMap((link, index) => faultsOf(link, links[index - 1])),
    // Hours from before the first link are closed one by one, where somebody booked a record in them.
    ...inOrder.flatMap(([hour], index) =>
      hour > (links[0]?.hour ?? '') ? gapsBefore(hour, inOrder[index - 1]?.[0]) : [],
    ),
    ...inOrder.flatMap(([, all]) => shrinksIn(all)),
  ];
  return {
    faults,
    counting: new Map(inOrder.flatMap(([hour, all]) => all.slice(-1).map((link) => [hour, link] as const))),
    amended: inOrder.filter(([, all]) => all.length > 1).length,
    head: links.at(-1),
  };
}

const NO_LINK = '0'.repeat(64);

function faultsOf(link: Link, before: Link | undefined): Fault[] {
  const faults: string[] = [];
  if (hashOf(link) !== link.hash) faults.push('was changed: its hash is not that of its content');
  const expected = (before?.seq ?? 0) + 1;
  if (link.seq !== expected) {
    faults.push(`is where link ${expected} has to be`);
  } else if (link.previous !== (before?.hash ?? NO_LINK)) {
    faults.push('does not continue the link before it: one of the two was made anew');
  }
  return faults.map((says) => ({ kind: 'chain', where: `link ${link.seq}`, says }));
}

const HOUR = 3_600_000;

/** @returns when an hour such as `2026-11-22T03` begins, in milliseconds. */
export const startOf = (hour: string): number => Date.parse(`${hour}:00:00.000Z`);

function gapsBefore(hour: string, before: string | undefined): Fault[] {
  if (before === undefined || startOf(hour) - startOf(before) === HOUR) return [];
  return [
    { kind: 'chain', where: `hour ${hour}`, says: `follows ${before}: the hours between them have no link` },
  ];
}

/** What comes late makes an hour more. Less of it, or others in its place, was no late booking. */
const shrinksIn = (links: readonly Link[]): Fault[] =>
  links.flatMap((link, index) => {
    const before = links[index - 1];
    if (before === undefined || (link.records > before.records && link.cost >= before.cost)) return [];
    const says = `closes ${link.hour} again with ${link.records} records, after link ${before.seq} with ${before.records}`;
    const why = link.records < before.records ? 'some were removed' : 'some were changed';
    return [{ kind: 'chain' as const, where: `link ${link.seq}`, says: `${says}: ${why}` }];
  });
