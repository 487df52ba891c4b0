/** `/admin/prices`: operators say what calls will cost, and see what they cost, did and will. */
import type { AuditWriter } from '../../domain/audit.ts';
import {
  MAX_AHEAD,
  MAX_OF_ROUTE,
  NOTICE,
  type PriceList,
  type PriceRefusal,
  withoutPrice,
  withPrice,
} from '../../domain/ledger/price-list.ts';
import { describePrice, parsePriceSetting, priceNameIn } from '../../domain/ledger/price-registration.ts';
import type { Clock } from '../../domain/ports.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import type { Revised, RevisedRecord } from '../../domain/revised.ts';
import { readJson } from '../../http/body.ts';
import { entityTag, unmet } from '../../http/entity-tag.ts';
import type { Handler, Response } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { type OperatorRequest, operatorRoutes, refused } from '../../http/operator.ts';
import { empty, json } from '../../http/respond.ts';
import { revise } from '../revise.ts';
import { bookedRoute, priceRows } from './rows.ts';

export interface PricesPorts {
  record: RevisedRecord<PriceList>;
  clock: Clock;
  log: Log;
  audit: AuditWriter;
}

export interface PricesTerms {
  /** Seconds that calls are kept. */
  retention: number;
}

type Serve = (ports: PricesPorts, asked: OperatorRequest, terms: PricesTerms) => Promise<Response>;

export const pricesHandler = (ports: PricesPorts, terms: PricesTerms): Handler =>
  operatorRoutes(
    { log: ports.log, audit: ports.audit, store: 'ledger' },
    {
      'GET /admin/prices': (asked) => list(ports, asked, terms),
      'PUT /admin/prices': (asked) => put(ports, asked, terms),
      'DELETE /admin/prices': (asked) => remove(ports, asked, terms),
    },
  );

const list: Serve = async ({ record, clock }, { request }) => {
  const { route, ...rest } = request.queryStringParameters ?? {};
  if (Object.keys(rest).length > 0) return refused(400, 'unknown_parameter', 'The one parameter is route.');
  const { value, revision } = await record.read();
  const rows = priceRows(value, clock()).filter((row) => route === undefined || row.route === route);
  return json(200, { prices: rows }, entityTag(revision));
};

/** 201 for a new one, 200 for one of the same start that says something else from now on. */
const put: Serve = async ({ record, clock, log }, asked, { retention }) => {
  const { request, fields } = asked;
  const body = readJson(request);
  if (!body.ok) return refused(body.failure.status, 'invalid_body', body.failure.reason);
  const setting = parsePriceSetting(body.value, bookedRoute);
  if (!setting.ok) return refused(400, setting.failure.code, setting.failure.detail);
  const { route, from, ...price } = setting.value;
  const isSame = (each: PriceList[number]) => each.route === route && each.from === from;
  const { route: _, from: __, ...details } = describePrice(route, from, price);
  const change = { action: 'price.set', target: { route, from }, details };
  const done = await revise(record, asked, change, async (seen) => {
    const failed = unmet(request, seen.revision, seen.value.some(isSame));
    return failed === undefined
      ? answerable(withPrice(seen.value, setting.value, clock(), retention * 1000), clock())
      : fail(failed);
  });
  if (!done.ok) return done.failure;
  const isNew = !done.value.before.some(isSame);
  const status = isNew ? 201 : 200;
  log.info(`price ${isNew ? 'set' : 'changed'}`, { ...fields, priceOf: route, from, status });
  return json(status, describePrice(route, from, price), entityTag(done.value.revision));
};

/** 204; 404 where there is none, and 409 where some function may have priced calls by it already. */
const remove: Serve = async ({ record, clock, log }, asked) => {
  const { request, fields } = asked;
  const name = priceNameIn(request.queryStringParameters ?? {});
  if (!name.ok) return refused(400, name.failure.code, name.failure.detail);
  const { route, from } = name.value;
  const change = { action: 'price.remove', target: { route, from } };
  const done = await revise(record, asked, change, async (seen: Revised<PriceList>) => {
    const next = withoutPrice(seen.value, name.value, clock());
    const isThere = next.ok || next.failure !== 'unknown';
    const failed = unmet(request, seen.revision, isThere);
    return failed === undefined ? answerable(next, clock()) : fail(failed);
  });
  if (!done.ok) return done.failure;
  log.info('price taken back', { ...fields, priceOf: route, from, status: 204 });
  return empty(204, entityTag(done.value.revision));
};

const answerable = (next: Result<PriceList, PriceRefusal>, now: number): Result<PriceList, Response> =>
  next.ok ? ok(next.value) : fail(REFUSALS[next.failure](now));

const REFUSALS: Readonly<Record<PriceRefusal, (now: number) => Response>> = {
  too_soon: (now) => refused(400, 'invalid_from', `${AHEAD}: from ${secondAfter(now + NOTICE)} on.`),
  too_far: (now) =>
    refused(
      400,
      'invalid_from',
      `from has to be before ${secondAfter(now + MAX_AHEAD)}: two years ahead at most.`,
    ),
  too_many: () => refused(409, 'too_many_prices', TOO_MANY),
  unknown: () =>
    refused(
      404,
      'unknown_price',
      'No operator has set a price of this route and start; see GET /admin/prices.',
    ),
  in_force: () =>
    refused(
      409,
      'price_in_force',
      'The price is in force, and calls were booked by it. Set one that follows it.',
    ),
  begins_soon: () => refused(409, 'price_begins_soon', BEGINS_SOON),
};

const MINUTES = NOTICE / 60_000;

const AHEAD = `A price has to begin at least ${MINUTES} minutes ahead, so that all functions know it when it does`;

const BEGINS_SOON = `The price begins in less than ${MINUTES} minutes, and functions know it already. Set one that follows it.`;

const TOO_MANY = `A route has ${MAX_OF_ROUTE} prices at most that are of use, and all together have a size. Take back some that have not begun.`;

/** Prices begin with a second. */
const secondAfter = (at: number): string =>
  new Date(Math.ceil(at / 1000) * 1000).toISOString().replace('.000Z', 'Z');
