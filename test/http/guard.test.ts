/** What the guard lets through and what not, with a ledger that works. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TokenAccess } from '../../lambdas/domain/access.ts';
import { EVER } from '../../lambdas/domain/ledger/price.ts';
import { credentialTarget, type RevocationTarget } from '../../lambdas/domain/revocation.ts';
import type { Response } from '../../lambdas/http/event.ts';
import { json } from '../../lambdas/http/respond.ts';
import { NOW } from '../support/clock.ts';
import { createTestTable, type TestTable } from '../support/dynamodb.ts';
import { authorizedEvent, requestEvent } from '../support/event.ts';
import { booked, guarded, ROUTE, revoke } from '../support/guarded.ts';
import { captureOutput } from '../support/output.ts';
import { aliceClaims, KID, testTokens } from '../support/tokens.ts';

let table: TestTable;
let tokens: Awaited<ReturnType<typeof testTokens>>;
const output = captureOutput();

beforeAll(async () => {
  tokens = await testTokens();
});
beforeEach(async () => {
  table = await createTestTable();
  return () => table.close();
});

const bodyOf = ({ body }: Response) => JSON.parse(body ?? '');
const challengeOf = ({ headers }: Response) => headers?.['www-authenticate'];

describe('an admitted call', () => {
  it('gets the answer of the handler, which is told who is calling', async () => {
    const { serve, admitted } = guarded(table);
    const claims = { tenant: 'acme', roles: 'buyer seller', userID: '42' };
    const answer = await serve(await tokens.request(ROUTE, { claims }));
    expect(answer).toMatchObject({ statusCode: 200, body: '{"hello":"world"}' });
    expect(admitted).toEqual([
      {
        sub: 'alice',
        clientId: 'alice',
        credentialId: 'password',
        jti: aliceClaims.jti,
        txn: aliceClaims.txn,
        kid: KID,
        iat: NOW / 1000 - 60,
        exp: NOW / 1000 + 840,
        scopes: ['read:products', 'read:usage'],
        roles: ['buyer', 'seller'],
        tenant: 'acme',
        claims: { ...aliceClaims, ...claims },
      },
    ]);
  });

  it('costs one BatchGetItem and one PutItem', async () => {
    const { serve } = guarded(table);
    table.takeOperations();
    await serve(await tokens.request(ROUTE));
    expect(table.takeOperations()).toEqual(['BatchGetItem', 'PutItem']);
  });

  it('is booked whole, with the gateway’s request id and time', async () => {
    const { serve } = guarded(table, { rule: { price: 70 } });
    await serve(await tokens.request(ROUTE, { requestId: 'r-1', at: NOW + 5, claims: { tenant: 'acme' } }));
    expect(await booked(table)).toEqual([
      {
        requestId: 'r-1',
        at: NOW + 5,
        sub: 'alice',
        clientId: 'alice',
        credentialId: 'password',
        tenant: 'acme',
        jti: aliceClaims.jti,
        txn: aliceClaims.txn,
        route: ROUTE,
        status: 200,
        outcome: 'admitted',
        price: 70,
        pricedFrom: EVER,
        bytesOut: 17,
        latency: 0,
        sourceIp: '203.0.113.7',
      },
    ]);
  });

  it('is booked once, however often the same request comes again', async () => {
    const { serve } = guarded(table);
    const request = await tokens.request(ROUTE, { requestId: 'same' });
    await Promise.all([serve(request), serve(request)]);
    await serve(request);
    expect(await booked(table)).toHaveLength(1);
  });

  it('may carry its token bare, as the gateway allows', async () => {
    const token = await tokens.sign(aliceClaims);
    const event = authorizedEvent(ROUTE, { ...aliceClaims }, token, { headers: { authorization: token } });
    expect((await guarded(table).serve(event)).statusCode).toBe(200);
  });

  it('is booked as 200 where the handler names no status', async () => {
    const { serve } = guarded(table, { handler: async () => ({ body: 'plain' }) });
    expect(await serve(await tokens.request(ROUTE))).toEqual({ statusCode: 200, body: 'plain' });
    expect(await booked(table)).toMatchObject([{ status: 200, price: 10 }]);
  });

  it('costs its price where the handler answers 4xx', async () => {
    const { serve } = guarded(table, { handler: async () => json(404, {}) });
    await serve(await tokens.request(ROUTE));
    expect(await booked(table)).toMatchObject([{ status: 404, outcome: 'admitted', price: 10 }]);
  });
});

describe('401', () => {
  const revocable: [RevocationTarget['kind'], string][] = [
    ['token', aliceClaims.jti],
    ['client', 'alice'],
    ['subject', 'alice'],
    ['tenant', 'acme'],
    ['credential', credentialTarget('alice', 'password')],
    ['key', KID],
  ];

  it.each(revocable)('where the token is revoked by %s', async (kind, id) => {
    await revoke(table, { kind, id });
    const { serve, admitted } = guarded(table);
    const answer = await serve(await tokens.request(ROUTE, { claims: { tenant: 'acme' } }));
    expect(answer.statusCode).toBe(401);
    expect(bodyOf(answer)).toMatchObject({ status: 401, code: 'token_revoked' });
    expect(answer.headers?.['content-type']).toBe('application/problem+json');
    expect(challengeOf(answer)).toBe(
      'Bearer error="invalid_token", error_description="the token was revoked"',
    );
    expect(admitted).toEqual([]);
    expect(await booked(table)).toMatchObject([{ status: 401, outcome: 'refused', price: 0 }]);
  });

  it('for a single token that was revoked, whatever its time: nothing can be issued under its id again', async () => {
    await revoke(table, { kind: 'token', id: aliceClaims.jti }, Number(aliceClaims.iat) - 1);
    expect((await guarded(table).serve(await tokens.request(ROUTE))).statusCode).toBe(401);
  });

  it.each(revocable.filter(([kind]) => kind !== 'token'))(
    'not for a token issued after the revocation by %s',
    async (kind, id) => {
      await revoke(table, { kind, id }, Number(aliceClaims.iat) - 1);
      const answer = await guarded(table).serve(await tokens.request(ROUTE, { claims: { tenant: 'acme' } }));
      expect(answer.statusCode).toBe(200);
    },
  );

  it.each(revocable)('for a token of the very second of the revocation by %s', async (kind, id) => {
    await revoke(table, { kind, id }, Number(aliceClaims.iat));
    const answer = await guarded(table).serve(await tokens.request(ROUTE, { claims: { tenant: 'acme' } }));
    expect(answer.statusCode).toBe(401);
  });

  it('not where something else of the same name is revoked', async () => {
    await revoke(table, { kind: 'client', id: 'bob' });
    await revoke(table, { kind: 'tenant', id: 'alice' });
    await revoke(table, { kind: 'credential', id: credentialTarget('bob', 'password') });
    expect((await guarded(table).serve(await tokens.request(ROUTE))).statusCode).toBe(200);
  });

  it.each(['sub', 'client_id', 'credential_id', 'jti', 'iat', 'exp', 'txn'])(
    'without the claim %s',
    async (name) => {
      for (const value of [undefined, '']) {
        const { serve, admitted } = guarded(table);
        const answer = await serve(await tokens.request(ROUTE, { claims: { [name]: value } }));
        expect(answer.statusCode).toBe(401);
        expect(bodyOf(answer)).toMatchObject({ code: 'invalid_token' });
        expect(challengeOf(answer)).toMatch(/^Bearer error="invalid_token"/);
        expect(admitted).toEqual([]);
      }
    },
  );

  it.each(['1e9', '-1', '1.5', ' 1', 'NaN', '9'.repeat(13)])('with the time %s', async (value) => {
    const token = await tokens.sign(aliceClaims);
    for (const name of ['iat', 'exp']) {
      const event = authorizedEvent(ROUTE, { ...aliceClaims, [name]: value }, token);
      expect((await guarded(table).serve(event)).statusCode).toBe(401);
    }
  });

  it('where the gateway has passed no claims at all', async () => {
    const { serve, admitted } = guarded(table);
    expect((await serve(requestEvent(ROUTE))).statusCode).toBe(401);
    expect(admitted).toEqual([]);
  });

  it('where the token in the header is not the one that the claims are of', async () => {
    const other = await tokens.sign({ ...aliceClaims, jti: 'another' });
    const own = await tokens.sign(aliceClaims);
    const headers = ['', 'Bearer', 'Bearer a.b', 'Basic x', `Bearer ${other}`, `${own},${own}`];
    for (const authorization of headers) {
      const event = authorizedEvent(ROUTE, { ...aliceClaims }, '', { headers: { authorization } });
      expect((await guarded(table).serve(event)).statusCode).toBe(401);
    }
  });

  it('where the token names no key, which could then not be revoked', async () => {
    const token = await tokens.sign(aliceClaims, {});
    const answer = await guarded(table).serve(authorizedEvent(ROUTE, { ...aliceClaims }, token));
    expect(answer.statusCode).toBe(401);
  });

  it('a minute after the token’s end, whatever the gateway said', async () => {
    const answerAt = async (exp: number) =>
      (await guarded(table).serve(await tokens.request(ROUTE, { claims: { exp: String(exp) } }))).statusCode;
    expect(await answerAt(NOW / 1000 - 59)).toBe(200);
    expect(await answerAt(NOW / 1000 - 60)).toBe(401);
  });
});

describe('403', () => {
  const calling = async (
    access: Partial<TokenAccess>,
    claims: Record<string, string | undefined> = {},
    pathParameters?: Record<string, string>,
  ) => {
    const rule = { access: { kind: 'token', anyOf: [], allOf: [], ...access } as const };
    const { serve, admitted } = guarded(table, { rule });
    const answer = await serve(
      await tokens.request(ROUTE, { claims, ...(pathParameters && { pathParameters }) }),
    );
    expect(admitted).toHaveLength(answer.statusCode === 200 ? 1 : 0);
    return answer;
  };

  it('where one of all the scopes is missing', async () => {
    const allOf = ['read:products', 'write:products'];
    const answer = await calling({ allOf });
    expect(answer.statusCode).toBe(403);
    expect(bodyOf(answer)).toMatchObject({ code: 'insufficient_scope' });
    expect(challengeOf(answer)).toBe(
      'Bearer error="insufficient_scope", scope="read:products write:products"',
    );
    expect(await booked(table)).toMatchObject([{ status: 403, outcome: 'refused', price: 0 }]);
    expect((await calling({ allOf }, { scope: allOf.join(' ') })).statusCode).toBe(200);
  });

  it('where none of any scopes is there, even if the gateway let it pass', async () => {
    expect((await calling({ anyOf: ['write:products'] })).statusCode).toBe(403);
    expect((await calling({ anyOf: ['write:products', 'read:usage'] })).statusCode).toBe(200);
    expect((await calling({ anyOf: ['read:products'] }, { scope: undefined })).statusCode).toBe(403);
    expect((await calling({ anyOf: ['read:products'] }, { scope: 'read:products2' })).statusCode).toBe(403);
  });

  it('where it is someone else’s', async () => {
    const own = { pathParameter: 'id', claim: 'sub', orScope: 'read:users' };
    const answer = await calling({ own }, {}, { id: 'bob' });
    expect(answer.statusCode).toBe(403);
    expect(bodyOf(answer)).toMatchObject({ code: 'not_the_owner' });
    expect(challengeOf(answer)).toBe('Bearer error="insufficient_scope", scope="read:users"');
    expect((await calling({ own }, {}, { id: 'alice' })).statusCode).toBe(200);
    expect((await calling({ own }, { scope: 'read:users' }, { id: 'bob' })).statusCode).toBe(200);
  });

  it.each(['Alice', 'alice ', 'alice\0', '%61lice', 'alice/../bob', '', 'a'.repeat(5000)])(
    'for the id %j, which is not the own one',
    async (id) => {
      const own = { pathParameter: 'id', claim: 'sub' };
      const answer = await calling({ own }, {}, { id });
      expect(answer.statusCode).toBe(403);
      expect(challengeOf(answer)).toBe('Bearer error="insufficient_scope"');
    },
  );

  it('where claim and parameter are both absent: that is not the same', async () => {
    expect((await calling({ own: { pathParameter: 'id', claim: 'userID' } })).statusCode).toBe(403);
    expect((await calling({ own: { pathParameter: 'id', claim: 'userID' } }, {}, {})).statusCode).toBe(403);
  });

  it.each(['__proto__', 'constructor', 'toString'])('where claim and parameter are both %s', async (name) => {
    expect((await calling({ own: { pathParameter: name, claim: name } })).statusCode).toBe(403);
  });
});

describe('500', () => {
  it('where the handler fails, and nothing of its error leaves', async () => {
    const failure = new Error('connect postgres://admin:hunter2@db');
    for (const handler of [() => Promise.reject(failure), () => assertNever(failure)]) {
      const answer = await guarded(table, { handler }).serve(await tokens.request(ROUTE));
      expect(answer.statusCode).toBe(500);
      expect(bodyOf(answer)).toMatchObject({ code: 'internal_error' });
      expect(answer.body).not.toContain('postgres');
    }
    expect(output.text()).not.toContain('postgres');
    expect(await booked(table)).toMatchObject([{ status: 500, outcome: 'admitted', price: 0 }]);
  });

  it.each([undefined, null, { statusCode: 'ok' }, { statusCode: 20.5 }, { statusCode: 1000 }])(
    'where the handler answers %j, which is no response',
    async (nothing) => {
      const { serve } = guarded(table, { handler: async () => nothing as unknown as Response });
      expect((await serve(await tokens.request(ROUTE))).statusCode).toBe(500);
      expect(await booked(table)).toMatchObject([{ status: 500, price: 0 }]);
    },
  );

  it.each(['open', 'client', 'operator'] as const)(
    'on a route whose access is %s: nothing runs',
    async (kind) => {
      const { serve, admitted } = guarded(table, { rule: { access: { kind } } });
      const answer = await serve(await tokens.request(ROUTE));
      expect(answer.statusCode).toBe(500);
      expect(admitted).toEqual([]);
      expect(output.text()).toContain('GuardFailed');
    },
  );

  it('on a route that is in no table: nothing runs', async () => {
    const { serve, admitted } = guarded(table);
    for (const key of ['GET /other', '$default', '__proto__']) {
      expect((await serve(await tokens.request(key))).statusCode).toBe(500);
    }
    expect(admitted).toEqual([]);
  });
});

describe('the log', () => {
  it('has one line a call, with the transaction id and without the token', async () => {
    const request = await tokens.request(ROUTE, { requestId: 'logged' });
    await guarded(table).serve(request);
    await revoke(table, { kind: 'subject', id: 'alice' });
    await guarded(table).serve(request);
    const calls = output.lines().filter(({ requestId }) => requestId === 'logged');
    expect(calls).toMatchObject([
      { message: 'call admitted', status: 200, txn: aliceClaims.txn, jti: aliceClaims.jti, kid: KID },
      { message: 'call refused', status: 401, code: 'token_revoked', txn: aliceClaims.txn },
    ]);
    expect(output.text()).toContain('"CallAdmitted":1');
    expect(output.text()).toContain('"CallRefused":1');
    for (const part of (request.headers.authorization ?? '').replace('Bearer ', '').split('.')) {
      expect(output.text()).not.toContain(part);
    }
  });
});

function assertNever(error: Error): never {
  throw error;
}
