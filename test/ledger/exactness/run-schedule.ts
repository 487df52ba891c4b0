/** Lets a schedule happen, and then everything come to rest. */
import { closingStates, lateHours } from '../../../lambdas/store/closings.ts';
import { type Books, listening, openBooks, undisturbed } from './books.ts';
import { BEGINNING, book, seenAs } from './calls.ts';
import { interleaving } from './interleaving.ts';
import { asOperator, bookLate, close, closingOf, replay } from './operations.ts';
import type { Schedule, Step } from './schedule.ts';

const MINUTE = 60_000;

/** Nothing of a schedule happens later. */
const LAST = Date.parse('2026-12-01T00:50:00Z');
/** All of its hours can be closed. */
const CLOSABLE = Date.parse('2026-12-01T01:16:00Z');
/** The month's last hour can be looked at again. */
const FINAL = Date.parse('2026-12-01T06:01:00Z');

/** @returns the books after a schedule; `record` keeps what arrived of what was admitted */
export async function runSchedule(schedule: Schedule, clientOver?: Books['clientOver']): Promise<Books> {
  const books = await openBooks(clientOver);
  await beginning(books);
  for (const step of schedule.steps) await take(books, step);
  await settle(books, schedule);
  return books;
}

/** Hours were closed before, the last of them just now; so that a run has not a whole day to look at. */
async function beginning(books: Books): Promise<void> {
  books.now = BEGINNING;
  const ledger = undisturbed(books);
  const states = closingStates(ledger);
  await states.begin(books.now);
  await states.advance({ closed: '2026-11-30T21', checked: '2026-11-30T21' });
}

async function take(books: Books, { wait, together, order }: Step): Promise<void> {
  await deliver(books.lateBookings);
  books.now = Math.min(books.now + wait * MINUTE, LAST);
  books.order = interleaving(order);
  await books.order.until(together.map((part) => happen(books, part)));
}

function happen(books: Books, part: Step['together'][number]): Promise<void> {
  switch (part.kind) {
    case 'call':
      return book(books, part);
    case 'closing':
      return close(books, part.mishaps);
    case 'replay':
      return replay(books, part.mishaps);
  }
}

async function deliver(late: (() => Promise<unknown>)[]): Promise<void> {
  for (const arrive of late.splice(0)) await arrive();
}

async function settle(books: Books, { lateBefore }: Schedule): Promise<void> {
  await deliver(books.lateBookings);
  if (lateBefore) await deliver(books.lateOthers);
  books.now = CLOSABLE;
  for (const { requestId } of books.unanswered) {
    if (!books.arrived.has(requestId)) books.admitted.delete(requestId);
  }
  const ledger = undisturbed(books);
  await booked(books, 'replay', books.unbooked);
  await booked(
    books,
    'reconciliation',
    books.unanswered.map((placed) => ({ record: seenAs(placed, 503) })),
  );
  await closed(books);
  await deliver(books.lateOthers);
  // No call is later than the hour of the last closing, so there is nothing in those between.
  await closingStates(ledger).advance({ closed: '2026-12-01T04' });
  books.now = FINAL;
  await closed(books);
  if ((await lateHours(ledger).marked()).length > 0) throw new Error('a mark was left');
}

async function booked(books: Books, by: 'replay' | 'reconciliation', records: readonly object[]) {
  if (records.length === 0) return;
  const { statusCode, body = '' } = await bookLate(books, undisturbed(books), by, records);
  if (statusCode !== 200 || body.includes('refused')) throw new Error(`not booked: ${body}`);
}

async function closed(books: Books): Promise<void> {
  const close = closingOf(books, undisturbed(books), listening(books));
  const answer = await close(asOperator('POST /admin/usage/closings'));
  const { backlog } = JSON.parse(answer?.body ?? '{}');
  if (answer?.statusCode !== 200 || backlog !== 0) throw new Error(`not closed: ${answer?.body}`);
}
