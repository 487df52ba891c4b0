/**
 * What leaves: items that our stores wrote to a real table, read back as a stream has them, through the very expression
 * that Step Functions evaluates, by the implementation of JSONata whose version it has.
 */
import { type AttributeValue, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import jsonata from 'jsonata';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../lambdas/domain/audit.ts';
import type { IssuedToken, UsageRecord } from '../../lambdas/domain/usage.ts';
import { auditWriter } from '../../lambdas/store/audit.ts';
import { issuanceWriter, revocationWriter, usageWriter } from '../../lambdas/store/ledger.ts';
import { exportDefinition, exportFilter, expression, type RecordFormat } from '../../lib/export-records.ts';
import { NOW } from '../support/clock.ts';
import { createTestTable, type TestTable, testCredentials } from '../support/dynamodb.ts';

const call: UsageRecord = {
  ...{
    requestId: 'r-1',
    at: NOW + 7,
    sub: 'alice',
    clientId: 'web',
    credentialId: 'key00000',
    tenant: 'acme',
  },
  ...{ jti: 'j-1', txn: 't-1', route: 'GET /products/{name}', status: 200, outcome: 'admitted', price: 52 },
  ...{ pricedFrom: '2026-01-01T00:00:00Z', bytesOut: 1200, latency: 0, sourceIp: '203.0.113.7' },
};
const { tenant: _tenant, pricedFrom: _from, bytesOut: _bytes, ...bare } = call;
const refused: UsageRecord = { ...bare, requestId: 'r-2', status: 403, outcome: 'refused', price: 0 };
const token: IssuedToken = {
  ...{
    jti: 'j-2',
    clientId: 'web',
    credentialId: 'key00000',
    sub: 'alice',
    txn: 't-2',
    kid: 'k',
    iat: NOW / 1000,
  },
  ...{ exp: NOW / 1000 + 900, sourceIp: '203.0.113.7', grantType: 'refresh_token' },
  ...{ scopes: ['read:products'], origin: { kind: 'refreshed', family: 'f-1' } },
};
const login: UsageRecord = { ...bare, requestId: 'r-3', route: 'POST /oauth2/token', jti: 'j-2' };
const changes: AuditRecord[] = [
  {
    ...{ requestId: 'r-9', at: NOW + 9, index: 0, operator: 'arn:aws:iam::123456789012:user/alice' },
    ...{
      sourceIp: '203.0.113.7',
      route: 'PUT /admin/budgets',
      action: 'budget.set',
      target: { client: 'web' },
    },
    details: { day: 5, list: ['a', { b: true }], hostile: '{% $x %}"\\#ü' },
  },
  {
    ...{ requestId: 'r-9', at: NOW + 9, index: 1, operator: 'arn:aws:iam::123456789012:user/alice' },
    ...{ sourceIp: '203.0.113.7', route: 'PUT /admin/budgets', action: 'budget.remove', target: {} },
  },
];
const hostile = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.constantFrom('#', '"', '\\', '{% $x %}', `\${x}`, '<$.a>', '\n', 'ü😀', '__proto__', '=1+1'),
);
const records = fc.record({
  requestId: fc.uuid(),
  sub: hostile,
  clientId: hostile,
  tenant: hostile,
  route: hostile,
});
const strange: UsageRecord[] = fc
  .sample(records, { numRuns: 60, seed: 5 })
  .map((changes, index) => ({ ...call, ...changes, price: index, at: NOW + index }));

/** A record of a stream, as far as it matters here. */
interface StreamRecord {
  eventID: string;
  eventName: string;
  dynamodb: {
    ApproximateCreationDateTime: number;
    Keys: { pk: { S: string } };
    NewImage: Record<string, AttributeValue>;
  };
}

let table: TestTable;
let stream: StreamRecord[];

beforeAll(async () => {
  table = await createTestTable();
  const ledger = { client: table.client, table: table.name, retention: 3600 };
  for (const record of [call, refused, ...strange]) await usageWriter(ledger).append(record);
  await issuanceWriter(ledger).append(token, login);
  await revocationWriter(ledger).revoke({
    ...{ target: { kind: 'client', id: 'web' }, issuedBefore: NOW / 1000, expiresAt: NOW / 1000 + 60 },
    ...{ revokedAt: NOW + 3, reason: 'client_request' },
  });
  for (const change of changes) await auditWriter(ledger).begin(change);
  for (const change of changes.slice(0, 1)) {
    await auditWriter(ledger).end(change, { status: 412, code: 'changed_meanwhile' });
  }
  const raw = new DynamoDBClient({
    endpoint: table.endpoint,
    region: 'us-east-1',
    credentials: testCredentials,
  });
  const { Items = [] } = await raw.send(new ScanCommand({ TableName: table.name }));
  raw.destroy();
  stream = Items.map((NewImage, index) => ({
    ...{ eventID: `event-${index}`, eventName: 'INSERT' },
    dynamodb: { ApproximateCreationDateTime: NOW / 1000, Keys: NewImage as never, NewImage },
  }));
});
afterAll(() => table.close());

/** The pipe's filter, as far as ours goes: the event's name, and what the partition key begins with. */
const passes = ({ eventName, dynamodb }: StreamRecord): boolean => {
  const pattern = JSON.parse(exportFilter());
  const prefixes: { prefix: string }[] = pattern.dynamodb.Keys.pk.S;
  const pk = dynamodb.Keys.pk.S;
  return pattern.eventName.includes(eventName) && prefixes.some(({ prefix }) => pk.startsWith(prefix));
};

async function exported(
  batch: StreamRecord[],
  format: RecordFormat = 'plain',
): Promise<Record<string, unknown>[]> {
  const result = await jsonata(expression(format)).evaluate(null, { states: { input: batch } });
  // As it leaves: JSON and nothing else.
  return JSON.parse(JSON.stringify(result));
}

const iso = (at: number) => new Date(at).toISOString();

describe('the pipe’s filter', () => {
  it('lets calls, tokens, revocations and the audit trail through, once each, and nothing else of the ledger', () => {
    const types = stream.filter(passes).map(({ dynamodb }) => dynamodb.Keys.pk.S.split('#')[0]);
    const count = (type: string) => types.filter((one) => one === type).length;
    const [calls, tokens, revocations, audit] = ['USAGE', 'TOKEN', 'REVOKED', 'AUDIT'].map(count);
    expect({ calls, tokens, revocations, audit }).toEqual({
      ...{ calls: 3 + strange.length, tokens: 1, revocations: 1, audit: 2 },
    });
    expect(stream.length).toBeGreaterThan(types.length);
  });

  it('lets nothing through that expired', () => {
    expect(stream.map((record) => ({ ...record, eventName: 'REMOVE' })).filter(passes)).toEqual([]);
  });
});

describe('a record that leaves', () => {
  const byRequest = async (requestId: string) =>
    (await exported(stream.filter(passes))).find((record) => record.requestId === requestId);

  it('is the call as it was booked: numbers are numbers, and nothing of the table’s own is in it', async () => {
    expect(await byRequest('r-1')).toEqual({
      ...{ eventID: expect.stringMatching(/^event-\d+$/), type: 'call', '@timestamp': iso(NOW + 7) },
      ...call,
    });
  });

  it('has no attribute that the call has not', async () => {
    const record = await byRequest('r-2');
    expect(record).toEqual({
      ...{ eventID: expect.any(String), type: 'call', '@timestamp': iso(NOW + 7) },
      ...refused,
    });
    expect(Object.keys(record ?? {})).not.toContain('tenant');
  });

  it('is the token that was issued, with its list and its origin', async () => {
    const found = (await exported(stream.filter(passes))).filter(({ type }) => type === 'token');
    expect(found).toEqual([{ eventID: expect.any(String), type: 'token', '@timestamp': iso(NOW), ...token }]);
  });

  it('is the revocation, with when and why', async () => {
    const found = (await exported(stream.filter(passes))).filter(({ type }) => type === 'revocation');
    expect(found).toEqual([
      {
        ...{
          eventID: expect.any(String),
          type: 'revocation',
          '@timestamp': iso(NOW + 3),
          kind: 'client',
          id: 'web',
        },
        ...{ issuedBefore: NOW / 1000, revokedAt: NOW + 3, reason: 'client_request' },
      },
    ]);
  });

  it('is the change of an operator, and what became of it; its details are a text, whatever is in them', async () => {
    const found = (await exported(stream.filter(passes))).filter(({ type }) => type === 'audit');
    const [one, other] = found.sort((a, b) => Number(a.index) - Number(b.index));
    const [begun, second] = changes;
    const common = { eventID: expect.any(String), type: 'audit', '@timestamp': iso(NOW + 9) };
    const details = expect.any(String);
    expect(one).toEqual({ ...common, ...begun, details, status: 412, code: 'changed_meanwhile' });
    expect(JSON.parse(String(one?.details))).toEqual(begun?.details);
    expect(other).toEqual({ ...common, ...second });
  });

  it('says the same as the ledger, whatever is in it', async () => {
    const left = await exported(stream.filter(passes));
    for (const record of strange) {
      expect(left.find(({ requestId }) => requestId === record.requestId)).toMatchObject(record);
    }
  });
});

describe('a batch', () => {
  it('stays in its order, one record for each item', async () => {
    const batch = stream.filter(passes);
    expect((await exported(batch)).map(({ eventID }) => eventID)).toEqual(
      batch.map(({ eventID }) => eventID),
    );
  });

  it('of one is a list of one, of none an empty one', async () => {
    expect(await exported(stream.filter(passes).slice(0, 1))).toHaveLength(1);
    expect(await exported([])).toEqual([]);
  });

  it('of fifty fits into what a state machine takes, with room to spare', () => {
    const [widest = 0] = stream.map((record) => JSON.stringify(record).length).sort((a, b) => b - a);
    expect(widest * 50).toBeLessThan(262_144 / 2);
  });
});

describe('the format of Splunk’s HTTP Event Collector', () => {
  it('has the time in seconds, a source type for each type, and the record as the event', async () => {
    const [plain] = await exported(stream.filter(passes).slice(0, 1));
    const [event] = await exported(stream.filter(passes).slice(0, 1), 'splunk');
    expect(event).toEqual({
      time: Date.parse(String(plain?.['@timestamp'])) / 1000,
      source: 'tollgate',
      sourcetype: `tollgate:${plain?.type}`,
      event: plain,
    });
  });
});

describe('the state machine', () => {
  it.each<RecordFormat>(['plain', 'splunk'])('is one state that evaluates the expression: %s', (format) => {
    const definition = JSON.parse(exportDefinition(format));
    expect(definition).toMatchObject({ QueryLanguage: 'JSONata', StartAt: 'Flatten' });
    expect(definition.States).toEqual({
      Flatten: { Type: 'Pass', Output: `{% ${expression(format)} %}`, End: true },
    });
  });
});
