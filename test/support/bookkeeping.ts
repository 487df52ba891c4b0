/** The operators' side of a test ledger: its handler, and how it is called. */
import { seals } from '../../lambdas/crypto/seals.ts';
import { declaredPrices } from '../../lambdas/domain/ledger/price-list.ts';
import { type BookkeepingPorts, bookkeepingHandler } from '../../lambdas/functions/bookkeeping/handler.ts';
import type { Request } from '../../lambdas/http/event.ts';
import { auditWriter } from '../../lambdas/store/audit.ts';
import { lateBooking } from '../../lambdas/store/late-booking.ts';
import { recordFinder } from '../../lambdas/store/record-finder.ts';
import { requestEvent } from './event.ts';
import { RETENTION, type TestLedger } from './ledger.ts';
import { recordedLog } from './recorded-log.ts';

export const OPERATOR = 'arn:aws:iam::123456789012:user/alice';

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

interface Asked {
  body?: unknown;
  query?: Record<string, string>;
  pathParameters?: Record<string, string>;
  authorizer?: unknown;
}

/** @param lines what it logs */
export function testBookkeeping(ledger: TestLedger, lines: unknown[][] = []) {
  const { access, hours, chain, rollups: closed, late, clock } = ledger;
  const own: BookkeepingPorts = {
    booking: lateBooking({ ...access, retention: RETENTION }, late),
    records: recordFinder(access),
    ...{ hours, chain, closed, late, seals, clock },
    prices: declaredPrices,
    log: recordedLog(lines),
    audit: auditWriter(access),
  };
  return {
    ports: own,
    /** @param key the route's; @param ports what differs from the ledger's own */
    async call(key: string, asked: Asked = {}, ports: Partial<BookkeepingPorts> = {}): Promise<Answer> {
      const {
        body,
        authorizer = { iam: { userArn: OPERATOR, accountId: '123456789012' } },
        ...options
      } = asked;
      const event = requestEvent(key, {
        ...options,
        headers: { 'content-type': 'application/json' },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const requestContext = { ...event.requestContext, authorizer } as Request['requestContext'];
      const handler = bookkeepingHandler({ ...own, ...ports }, { retention: RETENTION });
      const answer = await handler({ ...event, requestContext });
      return { status: answer.statusCode ?? 200, body: JSON.parse(answer.body ?? '{}') };
    },
  };
}
