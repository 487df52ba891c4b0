import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { type RevocationTarget, revocationOf } from '../../lambdas/domain/revocation.ts';
import { type RevocationsPorts, revocationsHandler } from '../../lambdas/functions/revocations/handler.ts';
import type { Request } from '../../lambdas/http/event.ts';
import { auditWriter } from '../../lambdas/store/audit.ts';
import { revocationReader, revocationWriter } from '../../lambdas/store/revocations.ts';
import { DAY, HOUR, MINUTE, NOW, SECOND, testClock } from '../support/clock.ts';
import { createTestTable, type TestTable } from '../support/dynamodb.ts';
import { requestEvent } from '../support/event.ts';
import { recordedLog } from '../support/recorded-log.ts';

const OPERATOR = 'arn:aws:iam::123456789012:user/alice';
/** A `jti` of an hour before {@link NOW}. */
const JTI = uuidAt(NOW - HOUR);
const KIDS = ['a', 'b'].map((letter) => letter.repeat(43));

let table: TestTable;
let clock: ReturnType<typeof testClock>;
const lines: unknown[][] = [];
let count = 0;
beforeAll(async () => {
  table = await createTestTable();
});
beforeEach(() => {
  clock = testClock();
  lines.length = 0;
  table.takeOperations();
});
afterAll(() => table.close());

/** @returns a UUID of version 7 of this time, in milliseconds. */
function uuidAt(at: number): string {
  const hex = at.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7abc-8def-0123456789ab`;
}

const access = () => ({ client: table.client, table: table.name });
const ports = (): RevocationsPorts => ({
  revocations: { ...revocationReader(access()), ...revocationWriter(access()) },
  keys: { jwks: async () => ({ keys: KIDS.map((kid) => ({ kid }) as never) }) },
  clock,
  log: recordedLog(lines),
  audit: auditWriter(access()),
});

interface Asked {
  body?: unknown;
  query?: Record<string, string>;
  with?: Partial<RevocationsPorts>;
}

async function call(method: 'GET' | 'POST', asked: Asked) {
  count += 1;
  const { body, query } = asked;
  const event = requestEvent(`${method} /admin/revocations`, {
    ...{ headers: { 'content-type': 'application/json' }, requestId: `r-${count}`, at: clock() },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(query !== undefined && { query }),
  });
  const requestContext = { ...event.requestContext, authorizer: { iam: { userArn: OPERATOR } } };
  const handler = revocationsHandler({ ...ports(), ...asked.with });
  const answer = await handler({ ...event, requestContext } as Request);
  return { status: answer.statusCode, body: JSON.parse(String(answer.body)) };
}
const revoke = (body: unknown, more: Asked = {}) => call('POST', { body, ...more });
const tell = (query: Record<string, string>) => call('GET', { query });

/** Whether the guard would refuse a token that has the target and this `iat` (ms). */
const refuses = async (target: RevocationTarget, iat: number) =>
  revocationOf(await revocationReader(access()).find([target]), Math.floor(iat / SECOND)) !== undefined;

const trailOf = async (requestId: string) =>
  (await table.items()).filter(({ pk, ...item }) => pk.startsWith('AUDIT#') && item.requestId === requestId);

describe('POST /admin/revocations', () => {
  const targets: [Record<string, string>, RevocationTarget][] = [
    [{ client_id: 'Ci.1' }, { kind: 'client', id: 'Ci.1' }],
    [
      { client_id: 'ci', credential_id: 'a1b2c3d4' },
      { kind: 'credential', id: 'ci/a1b2c3d4' },
    ],
    [
      { client_id: 'ci', credential_id: 'https://idp.example/x' },
      { kind: 'credential', id: 'ci/https://idp.example/x' },
    ],
    [{ subject: 'github:acme/app' }, { kind: 'subject', id: 'github:acme/app' }],
    [{ tenant: 'acme' }, { kind: 'tenant', id: 'acme' }],
    [{ kid: KIDS[0] ?? '' }, { kind: 'key', id: KIDS[0] ?? '' }],
  ];

  it.each(targets)(
    '200 for %o: what was issued up to this second is refused, what comes later is not',
    async (names, target) => {
      const { status, body } = await revoke(names);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        ...{ revoked: true, target, issued_before: NOW / SECOND, reason: 'operator' },
        revoked_at: new Date(NOW).toISOString(),
      });
      expect(await refuses(target, NOW + 999)).toBe(true);
      expect(await refuses(target, NOW + SECOND)).toBe(false);
      expect((await tell(names)).body).toMatchObject({ revoked: true, target, reason: 'operator' });
    },
  );

  it('200 for one token, whatever its iat, and for what came of it; kept longer than it, or its session, can live', async () => {
    const { status, body } = await revoke({ jti: JTI });
    expect([status, body.revoked, body.issued_before]).toEqual([200, true, undefined]);
    expect(await refuses({ kind: 'token', id: JTI }, NOW + DAY)).toBe(true);
    expect(Date.parse(body.kept_until)).toBeGreaterThanOrEqual(NOW - HOUR + 91 * DAY);
    clock.advance(MINUTE);
    expect((await revoke({ jti: JTI })).body).toEqual({ ...body, revoked: 'already' });
  });

  it('takes one write of the ledger and a read, beside the trail’s two writes', async () => {
    await revoke({ client_id: 'counted' });
    expect(table.takeOperations()).toEqual(['PutItem', 'UpdateItem', 'BatchGetItem', 'UpdateItem']);
    const [record] = await trailOf(`r-${count}`);
    expect(record).toMatchObject({
      ...{ action: 'token.revoke', target: { client: 'counted' }, operator: OPERATOR, status: 200 },
    });
  });

  it('never shortens: an earlier time changes nothing, and the answer has what stands there', async () => {
    const names = { client_id: 'long' };
    await revoke(names);
    const { body } = await revoke({ ...names, issued_before: NOW / SECOND - 3600 });
    expect(body).toMatchObject({ revoked: 'already', issued_before: NOW / SECOND });
    clock.advance(MINUTE);
    expect((await revoke(names)).body).toMatchObject({
      ...{ revoked: true, issued_before: NOW / SECOND + 60 },
      revoked_at: new Date(NOW).toISOString(),
    });
  });

  it('revokes twice at once as once, with the later of the two times', async () => {
    const names = { tenant: 'twice' };
    const times = [NOW / SECOND - 10, NOW / SECOND];
    const answers = await Promise.all(times.map((issued_before) => revoke({ ...names, issued_before })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect((await tell(names)).body.issued_before).toBe(NOW / SECOND);
  });

  it('200 for all tokens up to a time: every published key is revoked up to then, and signs on', async () => {
    const issued_before = NOW / SECOND - 60;
    const { status, body } = await revoke({ issued_before });
    expect([status, body.issued_before]).toEqual([200, issued_before]);
    expect(body.keys.map(({ target }: { target: RevocationTarget }) => target.id)).toEqual(KIDS);
    const target = { kind: 'key', id: KIDS[1] ?? '' } as const;
    expect(await refuses(target, NOW - MINUTE)).toBe(true);
    expect(await refuses(target, NOW - MINUTE + SECOND)).toBe(false);
    expect((await revoke({ issued_before })).body.revoked).toBe('already');
  });

  it.each([
    ['nothing', {}, 'invalid_body'],
    ['no object', ['jti'], 'invalid_body'],
    ['two', { client_id: 'a', tenant: 'b' }, 'invalid_body'],
    ['a credential of nobody', { credential_id: 'a1b2c3d4' }, 'invalid_body'],
    ['a member that there is not', { clientId: 'a' }, 'invalid_body'],
    ['a jti that is none', { jti: 'x' }, 'invalid_jti'],
    ['a jti of another version', { jti: '0b9e3f1a-9c55-4a52-8a5e-1f0f4c8b1a11' }, 'invalid_jti'],
    ['a jti of a time to come', { jti: uuidAt(NOW + HOUR) }, 'invalid_jti'],
    ['a time for one token', { jti: JTI, issued_before: 1 }, 'invalid_issued_before'],
    ['a time to come', { client_id: 'a', issued_before: NOW / SECOND + 1 }, 'invalid_issued_before'],
    ['a time in milliseconds', { client_id: 'a', issued_before: NOW }, 'invalid_issued_before'],
    ['a time that is none', { client_id: 'a', issued_before: '1' }, 'invalid_issued_before'],
    ['an id with a slash', { client_id: 'a/b' }, 'invalid_client_id'],
    ['a subject that turns the text around', { subject: 'a\u202eb' }, 'invalid_subject'],
    ['a subject of 10 kB', { subject: 'a'.repeat(10_000) }, 'invalid_subject'],
    ['a subject that is too long for a key', { subject: '\u{1F600}'.repeat(100) }, 'invalid_subject'],
    ['half a character as a subject', { subject: '\ud800' }, 'invalid_subject'],
    [
      'a credential that is too long for a key',
      { client_id: 'a', credential_id: '\u{1F600}'.repeat(100) },
      'invalid_credential_id',
    ],
    ['no tenant', { tenant: '' }, 'invalid_tenant'],
    ['a kid that is none', { kid: 'short' }, 'invalid_kid'],
  ])('400 for %s, and nothing is written', async (_, body, code) => {
    const answer = await revoke(body);
    expect(answer).toMatchObject({ status: 400, body: { code, detail: expect.any(String) } });
    expect(table.takeOperations()).toEqual([]);
  });

  it('503, and nothing is revoked, where the trail cannot be written; 503 as well where the ledger cannot', async () => {
    const unavailable = async () => {
      throw new StoreUnavailable('no ledger');
    };
    const audit = { ...auditWriter(access()), begin: unavailable };
    expect(await revoke({ client_id: 'untold' }, { with: { audit } })).toMatchObject({
      ...{ status: 503, body: { code: 'ledger_unavailable' } },
    });
    expect((await tell({ client_id: 'untold' })).body.revoked).toBe(false);
    const revocations = { ...ports().revocations, revoke: unavailable };
    expect(await revoke({ client_id: 'untold' }, { with: { revocations } })).toMatchObject({ status: 503 });
    expect(await trailOf(`r-${count}`)).toMatchObject([{ status: 503, code: 'ledger_unavailable' }]);
  });
});

describe('GET /admin/revocations', () => {
  it('200 with what is not revoked, by one read, and no trace in the trail', async () => {
    expect(await tell({ client_id: 'fine' })).toEqual({
      status: 200,
      body: { revoked: false, target: { kind: 'client', id: 'fine' } },
    });
    expect(table.takeOperations()).toEqual(['BatchGetItem']);
  });

  it.each([
    ['nothing', {}, 'invalid_query'],
    ['two', { jti: JTI, kid: KIDS[0] ?? '' }, 'invalid_query'],
    ['a parameter that there is not', { client: 'a' }, 'invalid_query'],
    ['a kid that is none', { kid: 'short' }, 'invalid_kid'],
    ['a subject that is too long for a key', { subject: '\u{1F600}'.repeat(100) }, 'invalid_subject'],
  ])('400 for %s', async (_, query, code) => {
    expect(await tell(query)).toMatchObject({ status: 400, body: { code } });
  });
});
