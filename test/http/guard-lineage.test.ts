/** What the guard makes of a token that came of others: it ends with them, and its actors are known. */
import { generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { formatLineage, lineageOf, MAX_LINEAGE } from '../../lambdas/domain/lineage.ts';
import {
  credentialTarget,
  type LineageTarget,
  type RevocationKind,
} from '../../lambdas/domain/revocation.ts';
import { alice } from '../support/caller.ts';
import { NOW } from '../support/clock.ts';
import { createTestTable, type TestTable } from '../support/dynamodb.ts';
import { authorizedEvent } from '../support/event.ts';
import { guarded, ROUTE, revoke } from '../support/guarded.ts';
import { asSent } from '../support/handed-over.ts';
import { captureOutput } from '../support/output.ts';
import { aliceClaims, KID } from '../support/tokens.ts';

let table: TestTable;
let sign: (claims?: Record<string, unknown>) => Promise<string>;
const output = captureOutput();

beforeAll(async () => {
  const [created, { privateKey }] = await Promise.all([createTestTable(), generateKeyPair('ES256')]);
  table = created;
  const times = { iat: NOW / 1000 - 10, nbf: NOW / 1000 - 10, exp: NOW / 1000 + 800 };
  const own = { client_id: 'shop', credential_id: 'apikey00', jti: 'child' };
  sign = (claims = {}) =>
    new SignJWT({ ...aliceClaims, ...times, ...own, ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'another-key' })
      .sign(privateKey);
});
afterAll(() => table.close());
beforeEach(() => {
  table.takeOperations();
});

/** A call with a token of these claims, as the gateway sends it on. */
async function call(claims: Record<string, unknown> = {}, sent: Record<string, string> = {}) {
  const token = await sign(claims);
  const { serve, admitted } = guarded(table);
  const answer = await serve(authorizedEvent(ROUTE, { ...asSent(token), ...sent }, token));
  return { status: answer.statusCode, caller: admitted[0] };
}

/** A parent of its own for each test, issued a minute before {@link NOW}; its child 50 seconds later. */
let families = 0;
function family() {
  const name = `parent-${++families}`;
  const parent = {
    ...alice,
    ...{ sub: name, clientId: name, jti: `${name}-jti`, kid: `${name}-key`, tenant: `${name}-tenant` },
  };
  const lineage = formatLineage(lineageOf(parent) ?? []);
  return { parent, claims: { sub: parent.sub, tenant: parent.tenant, jti: `${name}-child`, lineage } };
}

describe('a token with a lineage', () => {
  it('is let in, and its handler told what it came of', async () => {
    const { claims } = family();
    const { status, caller } = await call(claims);
    expect(status).toBe(200);
    expect(caller?.lineage).toHaveLength(6);
  });

  it.each<[RevocationKind, (of: ReturnType<typeof family>['parent']) => string]>([
    ['token', ({ jti }) => jti],
    ['client', ({ clientId }) => clientId],
    ['credential', ({ clientId }) => credentialTarget(clientId, 'password')],
    ['key', ({ kid }) => kid],
    ['subject', ({ sub }) => sub],
    ['tenant', ({ tenant }) => tenant ?? ''],
  ])('is refused on the next call once its parent is revoked by %s', async (kind, id) => {
    const { parent, claims } = family();
    expect((await call(claims)).status).toBe(200);
    // All that were issued up to the parent's time: the child is newer.
    await revoke(table, { kind, id: id(parent) }, parent.iat);
    expect((await call(claims)).status).toBe(401);
  });

  it.each<RevocationKind>(['client', 'key', 'subject', 'tenant'])(
    'is let in where only what is older than its parent was revoked by %s',
    async (kind) => {
      const { parent, claims } = family();
      const ids = { client: parent.clientId, key: parent.kid, subject: parent.sub, tenant: parent.tenant };
      await revoke(table, { kind, id: ids[kind as keyof typeof ids] }, parent.iat - 1);
      expect((await call(claims)).status).toBe(200);
    },
  );

  it('is refused once its own client is revoked', async () => {
    const { claims } = family();
    await revoke(table, { kind: 'client', id: 'own-client' }, NOW / 1000 - 10);
    expect((await call({ ...claims, client_id: 'own-client' })).status).toBe(401);
  });

  it('is refused as a grandchild too', async () => {
    const { parent, claims } = family();
    const child = {
      ...parent,
      ...{ jti: claims.jti, clientId: 'shop', credentialId: 'apikey00', kid: KID, iat: NOW / 1000 - 20 },
      lineage: lineageOf(parent) ?? [],
    };
    const lineage = formatLineage(lineageOf(child) ?? []);
    const grandchild = { ...claims, jti: `${claims.jti}-2`, client_id: 'depot', lineage };
    expect((await call(grandchild)).status).toBe(200);
    await revoke(table, { kind: 'client', id: parent.clientId }, parent.iat);
    expect((await call(grandchild)).status).toBe(401);
  });

  it('costs one read, of all that there is, and no key twice', async () => {
    const { claims } = family();
    const many: LineageTarget[] = Array.from({ length: MAX_LINEAGE - 2 }, (_, n) => ({
      kind: 'token',
      id: `t${n}`,
    }));
    const shared: LineageTarget[] = [
      { kind: 'client', id: 'shop', issuedAt: 1 },
      { kind: 'subject', id: claims.sub, issuedAt: 1 },
    ];
    table.takeOperations();
    expect((await call({ ...claims, lineage: formatLineage([...many, ...shared]) })).status).toBe(200);
    expect(table.takeOperations()).toEqual(['BatchGetItem', 'PutItem']);
  });
});

describe('401 for what cannot be read, without a read', () => {
  it.each([
    ['a lineage that is empty', { lineage: '' }],
    ['a lineage of an unknown kind', { lineage: 'planet:mars' }],
    [
      'a lineage that is too long',
      {
        lineage: Array(MAX_LINEAGE + 1)
          .fill('token:a')
          .join(' '),
      },
    ],
    ['a lineage that is a list', { lineage: ['token:a', 'token:b'] }],
    ['actors that are too many', { act: nested(5) }],
    ['an actor without a name', { act: { sub: '' } }],
    ['an actor that is a text', { act: 'shop' }],
    ['no actor', { act: null }],
  ])('%s', async (_, claims) => {
    // What a gateway makes of a list has to be unreadable too.
    const sent: Record<string, string> = Array.isArray((claims as { lineage?: unknown }).lineage)
      ? { lineage: '[token:a token:b]' }
      : {};
    expect((await call(claims, sent)).status).toBe(401);
    expect(table.takeOperations()).toEqual([]);
    const name = Object.keys(claims)[0];
    expect(output.lines()).toContainEqual(
      expect.objectContaining({ reason: `missing or malformed: ${name}` }),
    );
  });
});

describe('who acts', () => {
  it('is told as the token says, whatever the gateway made of it', async () => {
    const act = nested(4);
    expect((await call({ act }, { act: 'map[sub:somebody-else]' })).caller?.act).toEqual(act);
  });

  it('is nobody where the token names nobody', async () => {
    expect((await call({}, { act: 'map[sub:somebody-else]' })).caller).not.toHaveProperty('act');
  });
});

function nested(depth: number): Record<string, unknown> {
  return { sub: `actor-${depth}`, ...(depth > 1 && { act: nested(depth - 1) }) };
}
