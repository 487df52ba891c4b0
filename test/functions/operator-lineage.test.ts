/** The routes of the lineage below `/admin/usage`: what an operator is told, of any client. */
import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { operatorsLineageHandler } from '../../lambdas/functions/lineage/handler.ts';
import type { LineagePorts } from '../../lambdas/functions/lineage/ports.ts';
import { revocationReader } from '../../lambdas/store/ledger.ts';
import { lineageReader } from '../../lambdas/store/lineage.ts';
import { MINUTE } from '../support/clock.ts';
import { tokenIn } from '../support/handed-over.ts';
import { operatorEvent } from '../support/operator.ts';
import { captureOutput } from '../support/output.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { bodyOf } from '../support/token-service.ts';
import {
  CREDENTIAL,
  createTraced,
  jtiOf,
  RETENTION,
  TOKEN,
  TRANSACTION,
  type Traced,
  txnOf,
} from '../support/traced.ts';

let world: Traced;
captureOutput();
beforeAll(async () => {
  world = await createTraced();
});
afterEach(() => world.restore());
afterAll(() => world.close());

type Query = Record<string, string>;
const PRODUCT = 'GET /products/{name}';
const operators = (key: string): string => key.replace('/usage/', '/admin/usage/');

async function ask(key: string, id: string, query?: Query, changes: Partial<LineagePorts> = {}) {
  const ledger = world.access(world.ledgerTable);
  const ports = {
    ...{ lineage: lineageReader(ledger), revocations: revocationReader(ledger) },
    ...{ clock: world.clock, log: recordedLog([]), retention: RETENTION, ...changes },
  };
  const name = /\{(\w+)\}/.exec(key)?.[1] ?? '';
  const options = { pathParameters: { [name]: id }, ...(query && { query }) };
  return operatorsLineageHandler(ports)(operatorEvent(operators(key), options));
}

/** As somebody is told who may see everything, with the links of an operator. */
async function asAuditor(key: string, id: string, query?: Query) {
  const { token } = await world.holder({ scopes: ['read:usage:all'] });
  const { headers, body } = await world.ask(key, token, id, query);
  return { headers, body: JSON.parse((body ?? '').replaceAll('"/usage/', '"/admin/usage/')) };
}

describe('200', () => {
  it('tells of a token, a credential and a transaction of any client, with links that operators can follow', async () => {
    const [alice, shop] = [await world.holder(), await world.actor()];
    const child = tokenIn(await world.exchange(shop.apiKey, { subject_token: alice.token }));
    world.clock.advance(MINUTE);
    await world.call(PRODUCT, child);
    const asked: [string, string, Query?][] = [
      [TOKEN, jtiOf(child)],
      [TOKEN, jtiOf(child), { limit: '1' }],
      [CREDENTIAL, 'apikey00', { client: alice.clientId }],
      [TRANSACTION, txnOf(child)],
    ];
    for (const [key, id, query] of asked) {
      const answer = await ask(key, id, query);
      expect([answer.statusCode, answer.body]).toEqual([200, answer.body]);
      const expected = await asAuditor(key, id, query);
      expect({ headers: answer.headers, body: bodyOf(answer) }).toEqual(expected);
      expect(answer.body).toContain('"/admin/usage/');
    }
  });

  it('finds the calls of a token that the ledger has no note of, where its subject is named', async () => {
    const { clientId, token } = await world.holder();
    const Key = { pk: `TOKEN#${jtiOf(token)}`, sk: 'ISSUED' };
    await world.ledgerTable.client.send(new DeleteCommand({ TableName: world.ledgerTable.name, Key }));
    expect(bodyOf(await ask(TOKEN, jtiOf(token)))).toMatchObject({
      ...{ status: 404, code: 'not_found', detail: expect.stringContaining('Name its subject as sub') },
    });
    expect(bodyOf(await ask(TOKEN, jtiOf(token), { sub: clientId }))).toMatchObject({
      ...{ sub: clientId, issued: null, total: { calls: 1 } },
    });
  });
});

describe('what is refused and what fails', () => {
  it('400 client_required for a credential of nobody', async () => {
    const answer = await ask(CREDENTIAL, 'apikey00');
    expect(bodyOf(answer)).toMatchObject({ status: 400, code: 'client_required' });
  });

  it.each([
    [TOKEN, 'no-jti', 404, 'not_found', undefined],
    [TOKEN, '019aa000-0000-7000-8000-000000000001', 404, 'not_found', undefined],
    [CREDENTIAL, 'apikey00', 404, 'not_found', { client: 'nobody' }],
    [TRANSACTION, 'nothing', 404, 'not_found', undefined],
    [TRANSACTION, 'nothing', 400, 'invalid_limit', { limit: '101' }],
    [TRANSACTION, 'nothing', 400, 'invalid_cursor', { cursor: 'e30' }],
    [TOKEN, 'no-jti', 400, 'unknown_parameter', { user: 'alice' }],
  ] as const)('%s of %s: %i %s', async (key, id, status, code, query) => {
    expect(bodyOf(await ask(key, id, query))).toMatchObject({ status, code });
  });

  it('503 with Retry-After where the ledger cannot be read', async () => {
    const issued = () => Promise.reject(new StoreUnavailable('down'));
    const lineage = { ...lineageReader(world.access(world.ledgerTable)), issued };
    const answer = await ask(TOKEN, jtiOf((await world.holder()).token), undefined, { lineage });
    expect(answer.headers).toMatchObject({ 'retry-after': '5' });
    expect(bodyOf(answer)).toMatchObject({ status: 503, code: 'ledger_unavailable' });
  });
});
