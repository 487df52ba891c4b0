/** The chain of closed hours, and an hour counted anew: what `tollgate usage verify` compares. */
import { type Link, startOf } from '../../domain/ledger/closing.ts';
import { isWhole } from '../../domain/ledger/due.ts';
import { addRecord, noSums } from '../../domain/ledger/rollup.ts';
import { StoreUnavailable } from '../../domain/ports.ts';
import { hourOf } from '../../domain/usage.ts';
import { refused } from '../../http/operator.ts';
import { json } from '../../http/respond.ts';
import type { BookkeepingPorts, Serve } from './handler.ts';

const MAX_LINKS = 1000;

/** 200 with links in their order after `after`, exactly as they were hashed; `next` where there are more. */
export const listLinks: Serve = async ({ chain, closed }, { request }) => {
  const { after = '0', limit = String(MAX_LINKS), ...others } = request.queryStringParameters ?? {};
  const isWhole = [after, limit].every((text = '') => /^\d{1,10}$/.test(text));
  if (!isWhole || Number(limit) < 1 || Number(limit) > MAX_LINKS || Object.keys(others).length > 0) {
    return refused(400, 'invalid_page', `after has to be the number of a link, limit 1 to ${MAX_LINKS}.`);
  }
  const { closedThrough } = await closed.state();
  const links: Link[] = [];
  for await (const link of chain.links(Number(after))) {
    if (links.length === Number(limit)) {
      return json(200, { links, next: links.at(-1)?.seq, closed_through: closedThrough });
    }
    links.push(link);
  }
  return json(200, { links, closed_through: closedThrough });
};

/** Milliseconds that counting may take: the gateway waits for 30 seconds. */
const TIME = 25_000;

/**
 * 200 with what an hour's records amount to now, and the link that counts for it; 404 where it is not closed; 410 where
 * it is so old that records of it may have expired; 409 where a record of it cannot be read, which nobody but who
 * changed it has made so; 503 where it has more records than can be counted in one answer.
 */
export const hourCounted: Serve = async (ports, { request, fields }, { retention }) => {
  const { hour = '' } = request.pathParameters ?? {};
  if (!isHour(hour)) return refused(400, 'invalid_hour', 'An hour is written as 2026-11-22T03, in UTC.');
  const link = await ports.chain.linkOf(hour);
  if (link === undefined) return refused(404, 'hour_not_closed', 'This hour is not closed.');
  if (!isWhole(hour, ports.clock(), retention)) {
    return refused(
      410,
      'hour_expired',
      'Records of this hour have expired, so it cannot be counted any more.',
    );
  }
  try {
    const counted = await count(ports, hour);
    if (counted === undefined) return refused(503, 'hour_too_large', 'It takes too long to count this hour.');
    return json(200, { hour, ...counted, link, late: await isLate(ports, hour) });
  } catch (error) {
    if (error instanceof StoreUnavailable) throw error;
    ports.log.error('an hour cannot be counted', { ...fields, status: 409, code: 'hour_unreadable', error });
    return refused(
      409,
      'hour_unreadable',
      'A record of this hour is not one, or does not lie where it belongs.',
    );
  }
};

async function count({ hours, seals, clock }: BookkeepingPorts, hour: string) {
  const end = clock() + TIME;
  const digest = seals.digest();
  const sums = noSums();
  for await (const record of hours.recordsIn(hour)) {
    digest.add(record);
    addRecord(sums, record);
    if (clock() > end) return undefined;
  }
  return { digest: digest.end(), records: sums.calls, cost: sums.cost };
}

/** Whether something was booked late that the chain cannot have yet. */
const isLate = async ({ late }: BookkeepingPorts, hour: string): Promise<boolean> =>
  (await late.marked()).some((marked) => marked.hour === hour);

const isHour = (text: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d$/.test(text) && Number.isFinite(startOf(text)) && hourOf(startOf(text)) === text;
