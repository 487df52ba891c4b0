/** What runs besides the calls: the closing, and the operator's booking of what is missing. */
import { seals } from '../../../lambdas/crypto/seals.ts';
import { bookkeepingHandler } from '../../../lambdas/functions/bookkeeping/handler.ts';
import { closingHandler } from '../../../lambdas/functions/closing/handler.ts';
import type { Handler, Request } from '../../../lambdas/http/event.ts';
import type { Log } from '../../../lambdas/http/log.ts';
import { auditWriter } from '../../../lambdas/store/audit.ts';
import { chain, closingStates, lateHours } from '../../../lambdas/store/closings.ts';
import type { TableAccess } from '../../../lambdas/store/dynamodb.ts';
import { habitBook } from '../../../lambdas/store/habits.ts';
import { hourReader } from '../../../lambdas/store/hours.ts';
import { lateBooking } from '../../../lambdas/store/late-booking.ts';
import { recordFinder } from '../../../lambdas/store/record-finder.ts';
import { rollupReader, rollupWriter } from '../../../lambdas/store/rollups.ts';
import { requestEvent } from '../../support/event.ts';
import { type Books, RETENTION, silent, startWork, type Unbooked } from './books.ts';
import type { Mishap } from './faults.ts';
import { pricesSet } from './prices.ts';

/** One run of the closing, as an operator asks for it: that one waits for no other. */
export async function close(books: Books, mishaps: readonly Mishap[]): Promise<void> {
  const { run, ledger } = startWork(books, mishaps);
  await run(() => closingOf(books, ledger, silent)(asOperator('POST /admin/usage/closings')));
}

export const closingOf = (books: Books, ledger: TableAccess, log: Log) =>
  closingHandler({
    ...{ hours: hourReader(ledger), rollups: { ...rollupReader(ledger), ...rollupWriter(ledger) } },
    ...{ chain: chain(ledger), late: lateHours(ledger), states: closingStates(ledger), seals },
    ...{
      habits: habitBook(ledger),
      steps: [],
      clock: () => books.now,
      pause: async () => undefined,
      log,
      retention: RETENTION,
      audit: auditWriter(ledger),
    },
  });

/** Books what was logged; what is not answered with 200 stays to be booked, all of it. */
export async function replay(books: Books, mishaps: readonly Mishap[]): Promise<void> {
  const lines = [...books.unbooked];
  if (lines.length === 0) return;
  const { run, ledger } = startWork(books, mishaps);
  const answer = await run(() => bookLate(books, ledger, 'replay', lines));
  if (answer === 'stopped' || answer.statusCode !== 200) return;
  books.unbooked = books.unbooked.filter((line) => !lines.includes(line));
}

export const bookLate = (
  books: Books,
  ledger: TableAccess,
  by: 'replay' | 'reconciliation',
  records: readonly (Unbooked | object)[],
) => {
  const booking = lateBooking({ ...ledger, retention: RETENTION }, lateHours(ledger));
  const handler: Handler = bookkeepingHandler(
    {
      ...{ booking, records: recordFinder(ledger), hours: hourReader(ledger), chain: chain(ledger) },
      ...{
        closed: rollupReader(ledger),
        late: lateHours(ledger),
        seals,
        prices: pricesSet,
        clock: () => books.now,
        log: silent,
        audit: auditWriter(ledger),
      },
    },
    { retention: RETENTION },
  );
  const body = JSON.stringify({ booked_by: by, records });
  return handler(asOperator('POST /admin/usage/records', body));
};

export function asOperator(key: string, body?: string): Request {
  const event = requestEvent(key, body === undefined ? {} : { body, headers: JSON_BODY });
  const authorizer = { iam: { userArn: 'arn:aws:iam::123456789012:user/operator' } };
  return { ...event, requestContext: { ...event.requestContext, authorizer } as Request['requestContext'] };
}

const JSON_BODY = { 'content-type': 'application/json' };
