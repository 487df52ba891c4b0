/** What became of the records that were sent, counted and told. */
import { CommandFailure, printable } from '../failure.ts';
import { countOf, type Row } from '../output.ts';
import type { BookingResult } from './bookkeeping.ts';
import { dollars } from './money.ts';

/** Something that somebody has to look at. */
interface Remark {
  /** The id of the request, or where the line stands. */
  of: string;
  why: string;
}

export interface Tally {
  /** Calls that were looked at. */
  found: number;
  booked: number;
  /** Of those that were booked. */
  cost_micro_dollars: number;
  already_booked: number;
  refused: Remark[];
  /** There is a record of the request, and it says something else. */
  differ: Remark[];
  unreadable: Remark[];
  /** Booked, but not at all that it may have cost. */
  notes: Remark[];
}

export const newTally = (): Tally => ({
  ...{ found: 0, booked: 0, cost_micro_dollars: 0, already_booked: 0 },
  ...{ refused: [], differ: [], unreadable: [], notes: [] },
});

/** Counts what became of a record. */
export function note(
  tally: Tally,
  id: string,
  { outcome, code, price_micro_dollars = 0 }: BookingResult,
): void {
  tally.found += 1;
  if (outcome === 'refused') tally.refused.push({ of: id, why: code ?? 'refused' });
  if (outcome === 'already_booked') {
    tally.already_booked += 1;
    if (code === 'differs')
      tally.differ.push({ of: id, why: 'the record that is there says something else' });
  }
  if (outcome !== 'booked') return;
  tally.booked += 1;
  tally.cost_micro_dollars += price_micro_dollars;
  if (code !== undefined) tally.notes.push({ of: id, why: NOTES[code] ?? code });
}

const NOTES: Readonly<Record<string, string>> = {
  price_by_handler: 'booked without what its handler would have charged: only it knows',
  no_such_route: 'booked at nothing: its route is none any more, and has no price',
};

/** @returns whether something is left that somebody has to look at. */
export const isClean = ({ refused, differ, unreadable }: Tally): boolean =>
  refused.length + differ.length + unreadable.length === 0;

/** How many of each are told one by one; all of them are in the JSON. */
const SHOWN = 20;

/** @returns the rows of a report. */
export const rowsOf = (tally: Tally): Row[] => [
  ['Booked', `${tally.booked}, ${dollars(tally.cost_micro_dollars)}`],
  ['Already booked', String(tally.already_booked)],
  ...remarks('Refused', tally.refused),
  ...remarks('Differs', tally.differ),
  ...remarks('Unreadable', tally.unreadable),
  ...remarks('Note', tally.notes),
];

function remarks(name: string, all: readonly Remark[]): Row[] {
  const rows = all.slice(0, SHOWN).map(({ of, why }): Row => [name, printable(`${of}: ${why}`)]);
  const more = all.length - rows.length;
  return more === 0 ? rows : [...rows, [name, `and ${more} more; --json has them all`]];
}

/** @returns the failure that ended a run in the middle, with what was done until then: it can be run again. */
export function interrupted(error: unknown, { booked, found }: Tally): unknown {
  if (!(error instanceof CommandFailure) || found === 0) return error;
  const done = `Before that, ${countOf(found, 'call')} had been looked at, and ${booked} booked. Run it again: it does nothing twice.`;
  return new CommandFailure(error.exitCode, error.message, `${error.next} ${done}`, { cause: error });
}
