import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createKey } from '../../lambdas/crypto/create-key.ts';
import type { AuditRecord, AuditWriter } from '../../lambdas/domain/audit.ts';
import type { KeyMaterial } from '../../lambdas/domain/key-ring.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import type { Request } from '../../lambdas/http/event.ts';
import { HOUR, NOW } from '../support/clock.ts';
import { type Deployment, gateway, login, ROTATION, testDeployment } from '../support/deployment.ts';
import { requestEvent } from '../support/event.ts';
import { captureOutput } from '../support/output.ts';
import { type TestSecrets, testSecrets } from '../support/secrets.ts';

const OPERATOR = 'arn:aws:iam::123456789012:user/alice';
let secrets: TestSecrets;
let pool: KeyMaterial[];
beforeAll(async () => {
  secrets = await testSecrets();
  pool = await Promise.all(Array.from({ length: 4 }, createKey));
});
afterAll(() => secrets.close());
const output = captureOutput();

let deployment: Deployment;
let kids: string[];
let trail: AuditRecord[];
let revoked: string[];
const audit: AuditWriter = {
  begin: async (record) => {
    trail.push(record);
  },
  end: async (record, answer) => {
    Object.assign(record, answer);
  },
};
const revocations = {
  revoke: async ({ target }: { target: { id: string } }) => {
    revoked.push(target.id);
    return 'revoked' as const;
  },
};
beforeEach(async () => {
  [trail, revoked] = [[], []];
  deployment = await testDeployment({ secrets, pool, revocations, audit });
  kids = pool.map(({ kid }) => kid);
  await deployment.rotation()({});
  secrets.takeOperations();
});

const iso = (time: number) => new Date(time).toISOString();

async function call(key: string, body?: unknown, authorizer: unknown = { iam: { userArn: OPERATOR } }) {
  const event = requestEvent(key, {
    headers: { 'content-type': 'application/json' },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const requestContext = { ...event.requestContext, authorizer } as Request['requestContext'];
  const request: Request = { ...event, requestContext };
  const answer = await deployment.rotation()(request);
  return { status: answer.statusCode, headers: answer.headers, body: JSON.parse(String(answer.body)) };
}
const list = () => call('GET /admin/keys');
const rotate = (body: unknown = {}) => call('POST /admin/keys/rotations', body);

describe('GET /admin/keys', () => {
  it('200 with ids, times and what each key is for, by one read of the ring', async () => {
    const { status, headers, body } = await list();
    expect({ status, headers }).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    const published = { created_at: iso(NOW), published_at: iso(NOW) };
    expect(body).toEqual({
      signing: kids[0],
      keys: [
        {
          ...{ kid: kids[0], state: 'signing', ...published, signs_from: iso(NOW) },
          ...{ signs_until: iso(NOW + ROTATION), dropped_from: iso(NOW + ROTATION + 27 * HOUR) },
        },
        {
          ...{ kid: kids[1], state: 'new', ...published },
          ...{ may_sign_from: iso(NOW + 3 * HOUR), signs_from: iso(NOW + ROTATION) },
        },
      ],
    });
    expect(secrets.takeOperations()).toEqual(['GetSecretValue']);
    expect(trail).toEqual([]);
    deployment.clock.advance(3 * HOUR);
    expect((await list()).body.keys[1]).toMatchObject({ state: 'ready' });
  });

  it('403 without an operator', async () => {
    expect(await call('GET /admin/keys', undefined, {})).toMatchObject({
      status: 403,
      body: { code: 'not_an_operator' },
    });
  });
});

describe('POST /admin/keys/rotations', () => {
  it('200: the next key signs at once, and gateways that keep the JWKS for two hours take both', async () => {
    deployment.clock.advance(3 * HOUR);
    const front = gateway(deployment);
    const before = await login(deployment.signer(), deployment.clock());
    await front.fetchKeys();
    const { status, body } = await rotate();
    expect(status).toBe(200);
    expect(body.signing).toBe(kids[1]);
    expect(body.keys.map(({ state }: { state: string }) => state)).toEqual(['past', 'signing', 'new']);
    const after = await login(deployment.signer(), deployment.clock());
    expect(await Promise.all([before, after].map(front.accepts))).toEqual([true, true]);
    expect(trail).toMatchObject([
      {
        ...{ action: 'key.rotate', operator: OPERATOR, status: 200 },
        ...{ target: { key: kids[1] }, details: { instead_of: kids[0] } },
      },
    ]);
  });

  it('200 for each of two at once, and one rotation', async () => {
    deployment.clock.advance(3 * HOUR);
    const answers = await Promise.all([rotate(), rotate()]);
    for (const { status, body } of answers) {
      expect([status, body.signing]).toEqual([200, kids[1]]);
    }
    expect((await list()).body.keys).toHaveLength(3);
  });

  it('409 key_not_ready while the next key is too young, with when it may sign, and nothing is changed', async () => {
    deployment.clock.advance(HOUR);
    const ring = (await list()).body;
    secrets.takeOperations();
    const { status, headers, body } = await rotate();
    expect({ status, headers }).toMatchObject({
      status: 409,
      headers: { 'retry-after': '7200', 'content-type': 'application/problem+json' },
    });
    expect(body).toMatchObject({
      code: 'key_not_ready',
      detail: expect.stringContaining(iso(NOW + 3 * HOUR)),
    });
    expect(secrets.takeOperations()).toEqual(['GetSecretValue', 'GetSecretValue']);
    expect((await list()).body).toEqual(ring);
    expect(trail).toEqual([]);
  });

  it('409 for whoever asks again, and the answer says that it was done', async () => {
    deployment.clock.advance(3 * HOUR);
    await rotate();
    const { status, body } = await rotate();
    expect([status, body.code]).toEqual([409, 'key_not_ready']);
    expect(body.detail).toContain(`The key ${kids[1]} signs since ${iso(deployment.clock())}.`);
  });

  it('200 in an emergency: the key goes, whatever it signed is revoked, and the trail says who', async () => {
    deployment.clock.advance(4 * HOUR);
    const { status, body } = await rotate({ revoke_key: kids[0] });
    expect([status, body.signing]).toEqual([200, kids[1]]);
    expect(body.keys.map(({ kid }: { kid: string }) => kid)).toEqual([kids[1], kids[2]]);
    expect(revoked).toEqual([kids[0]]);
    expect(trail).toMatchObject([{ action: 'key.drop', target: { key: kids[0] }, status: 200 }]);
  });

  it('404 unknown_key for a key that there is not, or not any more', async () => {
    await rotate({ revoke_key: kids[0] });
    trail.length = 0;
    for (const kid of [kids[0], 'u'.repeat(43)]) {
      expect(await rotate({ revoke_key: kid })).toMatchObject({ status: 404, body: { code: 'unknown_key' } });
    }
    expect([trail, revoked]).toEqual([[], [kids[0]]]);
  });

  it.each([
    ['a misspelt emergency', { revokeKey: 'x'.repeat(43) }],
    ['a key that is none', { revoke_key: 'x' }],
    ['a key that is null', { revoke_key: null }],
    ['one member too many', { revoke_key: 'x'.repeat(43), force: true }],
    ['a list', []],
    ['no JSON', '{'],
    ['no body: it may have got lost', undefined],
  ])('400 invalid_body for %s, before anything is read', async (_, body) => {
    const answer = await call('POST /admin/keys/rotations', body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_body' } });
    expect([secrets.takeOperations(), trail]).toEqual([[], []]);
  });

  it('503 key_ring_unavailable, and nothing is changed, where the trail cannot be written', async () => {
    const closed = async () => {
      throw new StoreUnavailable('no ledger');
    };
    deployment.clock.advance(3 * HOUR);
    const { keys } = (await list()).body;
    const begin = audit.begin;
    audit.begin = closed;
    const answer = await rotate();
    audit.begin = begin;
    expect(answer).toMatchObject({ status: 503, body: { code: 'key_ring_unavailable' } });
    expect(answer.headers).toHaveProperty('retry-after');
    expect((await list()).body.keys).toEqual(keys);
  });

  it('never names a part of a private key, in answers, the log or the trail', async () => {
    deployment.clock.advance(3 * HOUR);
    const answers = [await rotate(), await rotate(), await rotate({ revoke_key: kids[0] }), await list()];
    const written = output.text() + JSON.stringify([answers, trail]);
    for (const { privateJwk } of pool) {
      const { d, p, q, dp, dq, qi } = privateJwk;
      for (const member of [d, p, q, dp, dq, qi]) expect(written).not.toContain(member);
    }
  });
});
