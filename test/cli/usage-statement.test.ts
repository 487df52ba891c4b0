import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportJWK, type JWTPayload, SignJWT } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { unsigned } from '../support/client-assertions.ts';
import { rsaKey } from '../support/rsa.ts';
import { operated } from './operated.ts';

const TYPE = 'usage-statement+jwt';
const KEYS = 'GET /.well-known/jwks.json';
const SHOW = ['usage', 'statement', '--local', '--client', 'shop', '--month', '2026-10'];

const { api, place } = await operated();
beforeEach(async () => {
  const { publicKey } = await rsaKey('own');
  api.answer(500, '');
  api.answerTo(KEYS, 200, { keys: [{ ...(await exportJWK(publicKey)), kid: 'key-1', alg: 'RS256' }] });
  api.take();
});

const sums = { calls: 2, errors: 0, refused: 1, cost_micro_dollars: 50, cost: '0.000050' };
const claims = {
  ...{ iss: 'https://api.example.com', sub: 'shop', iat: 1_795_340_000, currency: 'USD' },
  period: { from: '2026-10-01T00:00:00.000Z', to: '2026-11-01T00:00:00.000Z' },
  grouped_by: ['route', 'tenant'],
  rows: [
    { route: 'GET /products/{name}', tenant: 'acme', ...sums },
    { route: 'POST /auth', ...sums, calls: 10, refused: 0, cost_micro_dollars: 1_000_000, cost: '1.000000' },
  ],
  total: { calls: 12, errors: 0, refused: 1, cost_micro_dollars: 1_000_050, cost: '1.000050' },
  chain: { seq: 744, hash: 'ab'.repeat(32) },
};

async function signed(payload: JWTPayload = claims, header: object = {}, key = 'own'): Promise<string> {
  const { privateKey } = await rsaKey(key);
  const protectedHeader = { alg: 'RS256', typ: TYPE, kid: 'key-1', ...header };
  return new SignJWT(payload).setProtectedHeader(protectedHeader).sign(privateKey);
}

const answered = (statement: string) =>
  api.answerTo('GET /admin/usage/statements/shop/2026-10', 200, { statement });

describe('tollgate usage statement', () => {
  it('fetches it, signed, verifies it by the published keys, shows it, and writes it down', async () => {
    const statement = await signed();
    answered(statement);
    const { code, stdout, stderr } = await place.run([...SHOW, '--out', 'october.jws']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(api.take()).toMatchObject([
      { path: '/admin/usage/statements/shop/2026-10', signed: true, headers: { accept: 'application/json' } },
      { path: '/.well-known/jwks.json' },
    ]);
    expect(stdout).toBe(`  Client  shop
  Period  2026-10-01T00:00:00.000Z to 2026-11-01T00:00:00.000Z
  Issuer  https://api.example.com
  Signed  2026-11-22T09:33:20.000Z, key key-1
  Chain   link 744, ${'ab'.repeat(32)}

  Route                 Tenant  Calls  Errors  Refused  Cost (USD)
  GET /products/{name}  acme        2       0        1    0.000050
  POST /auth                       10       0        0    1.000000
  Total                            12       0        1    1.000050

Signed by a key that ${api.url}/.well-known/jwks.json publishes.
Written to october.jws.

What it stands on is what was booked, as

  npx tollgate usage verify --local --from 2026-10-01 --to 2026-10-31 --head 744:${'ab'.repeat(32)}

proves, while its records are kept.
`);
    expect(await readFile(join(place.folder, 'october.jws'), 'utf8')).toBe(statement);
  });

  it('as JSON for programs, claims and all', async () => {
    const statement = await signed({ ...claims, added_later: 1 });
    answered(statement);
    const { code, stdout } = await place.runHere([...SHOW, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ statement, claims: { ...claims, added_later: 1 } });
  });

  it('alone on the standard output with --out -, for what it is handed on to', async () => {
    const statement = await signed();
    answered(statement);
    const { code, stdout } = await place.runHere([...SHOW, '--out', '-']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${statement}\n` });
    expect(await place.runHere([...SHOW, '--out', '-', '--json'])).toMatchObject({ code: 2, stdout: '' });
  });

  it('with the total alone, where there are too many rows; and what is no text reaches no terminal', async () => {
    answered(await signed({ ...claims, iss: 'https://a\u001b[2Jb', grouped_by: [], rows: [] }));
    const { code, stdout } = await place.runHere(SHOW);
    expect(code).toBe(0);
    expect(stdout).toMatch(/https:\/\/a \[2Jb\n[\s\S]*Cost \(USD\)\n {2}Total /);
  });

  it.each<[string, () => Promise<string>, RegExp]>([
    ['another key', () => signed(claims, {}, 'stranger'), /signature verification failed/],
    ['a key that is not published', () => signed(claims, { kid: 'key-2' }), /no applicable key/],
    ['an access token', () => signed(claims, { typ: 'at+jwt' }), /typ/],
    ['no algorithm', async () => `${unsigned({ alg: 'none', typ: TYPE }, claims)}.`, /alg/i],
    ['another client', () => signed({ ...claims, sub: 'other' }), /another client or month/],
    [
      'another month',
      () => signed({ ...claims, period: { ...claims.period, from: '2026-09-01T00:00:00.000Z' } }),
      /another client or month/,
    ],
    [
      'rows that do not add up',
      () => signed({ ...claims, total: { ...claims.total, cost_micro_dollars: 1 } }),
      /add up/,
    ],
    ['other claims', () => signed({ sub: 'shop' }), /shape/],
    ['no JWS', async () => 'x', /Compact JWS/],
  ])('1, and nothing shown or written, for %s', async (_, statement, says) => {
    answered(await statement());
    const { code, stdout, stderr } = await place.runHere([...SHOW, '--out', 'untrusted.jws']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/cannot be trusted/);
    expect(stderr).toMatch(says);
    await expect(readFile(join(place.folder, 'untrusted.jws'))).rejects.toThrow();
  });

  it('1 with when to come back, where the month is not closed yet', async () => {
    const detail = 'the month is not closed yet; ask again from 2026-12-01T06:05:00.000Z on.';
    api.answer(409, { code: 'month_not_closed', detail });
    const { code, stderr } = await place.runHere(SHOW);
    expect(code).toBe(1);
    expect(stderr).toMatch(/month_not_closed.*2026-12-01T06:05:00[\s\S]*six hours/);
  });

  it('3 where the keys cannot be had', async () => {
    answered(await signed());
    api.answerTo(KEYS, 503, {});
    const { code, stderr } = await place.runHere(SHOW);
    expect(code).toBe(3);
    expect(stderr).toMatch(/jwks\.json[\s\S]*doctor/);
  });

  it.each([
    ['no client', SHOW.filter((_, at) => at !== 3 && at !== 4), /--client/],
    ['no month', SHOW.slice(0, -2), /--month/],
    ['a month that is none', [...SHOW.slice(0, -1), '2026-13'], /such as 2026-10/],
  ])('2 for %s', async (_, args, says) => {
    const { code, stderr } = await place.runHere(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(says);
    expect(api.take()).toEqual([]);
  });

  it('2 where the file cannot be written, and then it says so', async () => {
    answered(await signed());
    const { code, stderr } = await place.runHere([...SHOW, '--out', 'no/such/folder/x.jws']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/cannot be written/);
  });
});
