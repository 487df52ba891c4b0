/** Operator routes: who may, how they fail, and that whatever they change is in the audit trail. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuditRecord, AuditWriter } from '../../lambdas/domain/audit.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import type { Response } from '../../lambdas/http/event.ts';
import { type OperatorRequest, operatorRoute, operatorRoutes, refused } from '../../lambdas/http/operator.ts';
import { empty, json } from '../../lambdas/http/respond.ts';
import { auditReader, auditWriter } from '../../lambdas/store/audit.ts';
import { NOW } from '../support/clock.ts';
import { createTestTable, type TestTable } from '../support/dynamodb.ts';
import { OPERATOR, operatorEvent } from '../support/operator.ts';
import { recordedLog } from '../support/recorded-log.ts';

const KEY = 'DELETE /admin/budgets';
const change = { action: 'budget.remove', target: { client: 'ci' } };

let table: TestTable;
let requests = 0;
const lines: unknown[][] = [];
const log = recordedLog(lines);
beforeAll(async () => {
  table = await createTestTable();
});
beforeEach(() => {
  lines.length = 0;
  requests += 1;
});
afterAll(() => table.close());

const requestId = () => `request-${requests}`;
const ledger = () => ({ client: table.client, table: table.name });

interface Asked {
  audit?: AuditWriter;
  authorizer?: unknown;
}

async function call(serve: (asked: OperatorRequest) => Promise<Response>, asked: Asked = {}) {
  const { audit = auditWriter(ledger()) } = asked;
  const event = operatorEvent(KEY, { requestId: requestId() }, asked);
  const { statusCode: status, body } = await operatorRoute({ log, audit, store: 'ledger' }, serve)(event);
  return { status, body: body === undefined ? undefined : JSON.parse(body) };
}

/** What the trail has of the request. */
async function noted(): Promise<AuditRecord[]> {
  const found: AuditRecord[] = [];
  for await (const record of auditReader(ledger()).recordsOf(NOW, { from: NOW, to: NOW + 1 })) {
    if (record.requestId === requestId()) found.unshift(record);
  }
  return found;
}

describe('a change', () => {
  it('is in the trail before it is made, and completed once it is answered', async () => {
    const begun = {
      ...{ requestId: requestId(), at: NOW, index: 0, operator: OPERATOR, sourceIp: '203.0.113.7' },
      ...{ route: KEY, action: 'budget.remove', target: { client: 'ci' }, details: { day: 5 } },
    };
    let before: AuditRecord[] = [];
    const answer = await call(async (asked) => {
      await asked.change({ ...change, details: { day: 5 } });
      before = await noted();
      return empty(204);
    });
    expect(answer).toEqual({ status: 204, body: undefined });
    expect(before).toEqual([begun]);
    expect(await noted()).toEqual([{ ...begun, status: 204 }]);
  });

  it('that was refused has the code', async () => {
    await call(async (asked) => {
      await asked.change(change);
      return refused(409, 'client_in_use', 'It is in use.');
    });
    expect(await noted()).toMatchObject([{ status: 409, code: 'client_in_use' }]);
  });

  it.each([
    [503, 'ledger_unavailable', new StoreUnavailable('down')],
    [500, 'internal_error', new Error('a mistake')],
  ])('that failed has the status %i of the answer', async (status, code, error) => {
    const answer = await call(async (asked) => {
      await asked.change(change);
      throw error;
    });
    expect(answer).toMatchObject({ status, body: { code } });
    expect(await noted()).toMatchObject([{ status, code }]);
  });

  it.each(['', '<html>', 'null', '{"code":7}'])('that failed with the body %j has no code', async (body) => {
    await call(async (asked) => {
      await asked.change(change);
      return { statusCode: 400, body };
    }).catch(() => undefined);
    const [record] = await noted();
    expect(record).toMatchObject({ status: 400 });
    expect(record).not.toHaveProperty('code');
  });

  it('is one of several of a request, one after the other or at once: each has its record', async () => {
    const of = (client: string) => ({ ...change, target: { client } });
    await call(async (asked) => {
      await asked.change(of('a'));
      await Promise.all(['b', 'c', 'd'].map((client) => asked.change(of(client))));
      return json(200, {});
    });
    const records = await noted();
    expect(records.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(records.map(({ target }) => target.client).sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(records.every(({ status }) => status === 200)).toBe(true);
  });

  it('is not made where it cannot be written: 503', async () => {
    let changed = false;
    const audit: AuditWriter = {
      begin: async () => {
        throw new StoreUnavailable('writing the audit trail failed');
      },
      end: auditWriter(ledger()).end,
    };
    const answer = await call(
      async (asked) => {
        await asked.change(change);
        changed = true;
        return empty(204);
      },
      { audit },
    );
    expect(answer).toMatchObject({ status: 503, body: { code: 'ledger_unavailable' } });
    expect(changed).toBe(false);
    expect(await noted()).toEqual([]);
    expect(lines).toMatchObject([['error', 'an operator route failed', { status: 503, operator: OPERATOR }]]);
  });

  it('that cannot be completed is answered all the same; the log says how, and the others are completed', async () => {
    const writer = auditWriter(ledger());
    const audit: AuditWriter = {
      begin: writer.begin,
      end: async (record, answer) => {
        if (record.index === 0) throw new StoreUnavailable('completing the audit trail failed');
        await writer.end(record, answer);
      },
    };
    const answer = await call(
      async (asked) => {
        await asked.change(change);
        await asked.change({ ...change, target: { client: 'b' } });
        return refused(404, 'unknown_budget', 'There is none.');
      },
      { audit },
    );
    expect(answer).toMatchObject({ status: 404 });
    const [first, second] = await noted();
    expect(first).not.toHaveProperty('status');
    expect(second).toMatchObject({ status: 404, code: 'unknown_budget' });
    const fields = { requestId: requestId(), route: KEY, operator: OPERATOR, status: 404 };
    expect(lines).toMatchObject([
      ['error', 'the audit trail was not completed', { ...fields, code: 'unknown_budget' }],
    ]);
  });

  it('is not made by a function that was given no trail: 500', async () => {
    const serve = async (asked: OperatorRequest) => {
      await asked.change(change);
      return empty(204);
    };
    const answer = await operatorRoute({ log, store: 'ledger' }, serve)(operatorEvent(KEY));
    expect(answer.statusCode).toBe(500);
  });
});

describe('a request', () => {
  it('that changes nothing leaves no record', async () => {
    await call(async () => json(200, {}));
    await call(async () => refused(400, 'invalid_body', 'It has none.'));
    expect(await noted()).toEqual([]);
  });

  it.each([undefined, {}, { iam: {} }, { iam: { userArn: '' } }, { jwt: { claims: {}, scopes: null } }])(
    '403 by nobody whom AWS knows: %j',
    async (authorizer) => {
      let served = false;
      const serve = async () => {
        served = true;
        return empty(204);
      };
      expect(await call(serve, { authorizer })).toMatchObject({
        ...{ status: 403, body: { code: 'not_an_operator' } },
      });
      expect(served).toBe(false);
    },
  );

  it('500 for a route that the function does not serve', async () => {
    const handler = operatorRoutes(
      { log, store: 'ledger' },
      { 'GET /admin/budgets': async () => empty(204) },
    );
    expect((await handler(operatorEvent('GET /admin/budgets'))).statusCode).toBe(204);
    for (const key of [KEY, '$default', 'constructor', '__proto__']) {
      const event = { ...operatorEvent(KEY), routeKey: key };
      expect((await handler(event)).statusCode).toBe(500);
    }
  });
});
