import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { mintApiKey, mintClientSecret } from '../../lambdas/domain/secret-format.ts';
import { operated } from './operated.ts';

const SECRET = mintApiKey('ci', 'a1b2c3d4', randomBytes);
const JTI = '019aa000-0000-7000-8000-000000000001';
const report = {
  ...{
    tokens: 1,
    calls: 4,
    errors: 1,
    refused: 2,
    cost_micro_dollars: 250,
    cost: '0.000250',
    complete: true,
  },
  ...{ first_used_at: '2026-11-22T12:00:00.000Z', last_used_at: '2026-11-22T12:01:00.000Z' },
  source_ips: [
    { source_ip: '198.51.100.9', calls: 3 },
    { source_ip: '203.0.113.7', calls: 1 },
  ],
  newest: [
    {
      ...{ jti: JTI, sub: 'ci', grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' },
      ...{ issued_at: '2026-11-22T12:00:00.000Z', expires_at: '2026-11-22T12:15:00.000Z' },
    },
  ],
  href: '/admin/usage/credentials/a1b2c3d4?client=ci',
};
const ended = {
  ...{ kind: 'api_key', outcome: 'revoked', was: 'active', client_id: 'ci', credential_id: 'a1b2c3d4' },
  ...{ revoked_at: '2026-11-22T12:02:00.000Z', report },
};

const { api, place } = await operated();
beforeEach(() => {
  api.answer(200, ended);
  api.take();
});

const env = { TOLLGATE_SECRET: SECRET };
const leak = (args: string[] = [], more: Record<string, string> = env) =>
  place.runHere(['leak', ...args, '--local'], more);
const sent = () => api.take().map(({ body, ...request }) => ({ ...request, body: JSON.parse(body) }));

describe('tollgate leak', () => {
  it('0: reports it, signed, and shows what it was, did and cost', async () => {
    const args = ['leak', '--local', '--yes', '--source', 'https://github.com/acme/app'];
    const { code, stdout, stderr } = await place.runHere(args, env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(
      stdout,
    ).toBe(`  Newest tokens                         Subject  By          Issued                Expires
  ${JTI}  ci       jwt-bearer  2026-11-22T12:00:00Z  2026-11-22T12:15:00Z

  Address       Calls
  198.51.100.9      3
  203.0.113.7       1

It is ended, and its tokens are refused.

  What        API key
  Client      ci
  Credential  a1b2c3d4
  It was      active
  Ended       2026-11-22T12:02:00.000Z
  Tokens      1
  Calls       4, 1 error, 2 refused
  Cost        $0.000250
  First used  2026-11-22T12:00:00.000Z
  Last used   2026-11-22T12:01:00.000Z

Give the client another one:

  npx tollgate credentials add --local --client ci --kind api_key
`);
    expect(sent()).toMatchObject([
      {
        ...{ method: 'POST', path: '/admin/leaks', signed: true },
        body: { secret: SECRET, policy: 'disable', source: 'https://github.com/acme/app' },
      },
    ]);
  });

  it('0: takes it as an argument too, because what has leaked is in a hurry, and says where it is now', async () => {
    const { code, stdout, stderr } = await leak([SECRET, '--yes'], {});
    expect([code, stderr]).toEqual([0, expect.stringContaining("in your shell's history now")]);
    expect(sent()).toMatchObject([{ body: { secret: SECRET } }]);
    expect(stdout + stderr).not.toContain(SECRET);
  });

  it('2: but not with --policy report, which leaves it as good as it was', async () => {
    const { code, stdout, stderr } = await leak([SECRET, '--policy', 'report'], {});
    expect([code, stdout, stderr]).toEqual([
      2,
      '',
      expect.stringMatching(/sent nowhere[\s\S]*TOLLGATE_SECRET/),
    ]);
    expect(api.take()).toEqual([]);
  });

  it('0: --policy report needs no confirmation, and tells how to go on', async () => {
    api.answer(200, {
      ...ended,
      outcome: 'reported',
      revoked_at: undefined,
      report: { ...report, complete: false },
    });
    const { code, stdout } = await leak(['--policy', 'report']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\nNothing was changed/);
    expect(stdout).toMatch(
      /at least 4, 1 error[\s\S]*at least \$0\.000250[\s\S]*more than one request can read[\s\S]*npx tollgate leak --local/,
    );
    expect(sent()).toMatchObject([{ body: { policy: 'report' } }]);
  });

  it('0: hands on with --json whatever the server says', async () => {
    expect(JSON.parse((await leak(['--yes', '--json'])).stdout)).toEqual(ended);
  });

  it('0: says so where what it did could not be read, and where it was ended before', async () => {
    const untold = {
      ...ended,
      outcome: 'already_revoked',
      report: null,
      report_unavailable: 'Look at /admin/usage.',
    };
    api.answer(200, untold);
    const { code, stdout } = await leak(['--yes']);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^It was ended before\.[\s\S]*Look at \/admin\/usage\./),
    ]);
  });

  it('2: does nothing without a confirmation, and names what it would end', async () => {
    const { code, stderr } = await leak();
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('will end the API key a1b2c3d4 of ci for good'),
    ]);
    const other = { TOLLGATE_SECRET: mintClientSecret('z9y8x7w6', randomBytes) };
    expect((await leak([], other)).stderr).toContain('the client secret z9y8x7w6');
    expect((await leak([], { TOLLGATE_SECRET: 'whatever' })).stderr).toContain('what this secret is');
    expect(api.take()).toEqual([]);
  });

  it.each([
    ['unknown', /none of this deployment[\s\S]*copied whole/],
    ['unfinished', /none of this deployment[\s\S]*--client/],
  ])('1: %s is no success: nothing was changed', async (outcome, says) => {
    api.answer(200, { outcome, detail: 'It is none of this deployment.' });
    const { code, stdout, stderr } = await leak(['--yes']);
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(says)]);
    expect(JSON.parse((await leak(['--yes', '--json'])).stdout)).toMatchObject({ outcome });
  });

  it('1: says to report it again where a store did not answer', async () => {
    api.answer(503, { code: 'ledger_unavailable', detail: 'A store did not answer.' });
    const { code, stderr } = await leak(['--yes']);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/Report it again at once/)]);
    expect(stderr).not.toContain(SECRET);
  });

  it('2: without a secret says how one comes in, and knows no other policy', async () => {
    expect(await leak(['--policy', 'forget'])).toMatchObject({ code: 2 });
    const { code, stderr } = await leak(['--yes'], { TOLLGATE_SECRET: '' });
    expect([code, stderr]).toEqual([2, expect.stringContaining('TOLLGATE_SECRET')]);
  });
});
