import { createHash, randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { mintRefreshToken } from '../../lambdas/domain/refresh-token.ts';
import { mintApiKey, mintClientSecret } from '../../lambdas/domain/secret-format.ts';
import type { LeaksPorts } from '../../lambdas/functions/leaks/handler.ts';
import { createLeaks } from '../support/leaks.ts';
import { captureOutput } from '../support/output.ts';
import { aService } from '../support/sessions.ts';

const output = captureOutput();
let leaks: Awaited<ReturnType<typeof createLeaks>>;
let world: typeof leaks.world;
let report: typeof leaks.report;
beforeAll(async () => {
  leaks = await createLeaks();
  ({ world, report } = leaks);
});
afterEach(() => {
  world.restore();
  leaks.lines.length = 0;
});
afterAll(() => world.close());

describe('what has no effect', () => {
  it('is answered the same, whatever it is, after the same reads, and leaves no trace in the trail', async () => {
    const { clientId, token } = await world.holder();
    const [head, claims] = token.split('.');
    const wrong = {
      'a key of an unknown client': mintApiKey('nobody', 'apikey00', randomBytes),
      'a key of an unknown credential': mintApiKey(clientId, 'apikey99', randomBytes),
      'another key of the same id': mintApiKey(clientId, 'apikey00', randomBytes),
      'the id of a credential of another kind': mintApiKey(clientId, 'secret00', randomBytes),
      'a client secret of nobody': mintClientSecret('secret00', randomBytes),
      'a refresh token of nobody': mintRefreshToken(randomBytes).text,
      'a token that was changed': `${head}.${claims}.${'A'.repeat(342)}`,
      'a key with a typo': `${mintApiKey(clientId, 'apikey00', randomBytes).slice(0, -1)}!`,
      'a secret of somebody else': `ghp_${'a'.repeat(36)}`,
      'any text': 'correct horse battery staple',
    };
    const answers = new Set<string>();
    for (const secret of Object.values(wrong)) {
      const { status, text } = await report({ secret });
      expect([status, await leaks.trail()]).toEqual([200, []]);
      answers.add(text);
    }
    expect([...answers]).toEqual([
      JSON.stringify({
        outcome: 'unknown',
        detail: 'It is none of this deployment, or was not copied whole.',
      }),
    ]);
    world.takeOperations();
    for (const secret of Object.values(wrong).slice(0, 4)) {
      await report({ secret });
      expect(world.takeOperations()).toEqual(['GetItem']);
    }
  });

  it('is what a credential has become between the look and the write: another secret under its id', async () => {
    const { clientId, apiKey } = await world.client();
    const stale = await leaks.ports().credentials.find(clientId, 'apikey00');
    const hash = createHash('sha256').update('another').digest('hex');
    await world.put({ pk: `CLIENT#${clientId}`, sk: 'CREDENTIAL#apikey00', ...stale, hash });
    const credentials = { ...leaks.ports().credentials, find: async () => stale };
    expect((await report({ secret: apiKey }, { credentials })).body.outcome).toBe('unknown');
    expect(await leaks.credentialsOf(clientId)).toContainEqual(
      expect.objectContaining({ hash, state: 'active' }),
    );
  });
});

describe('a list, as secret scanners send it', () => {
  it('200 with what became of each, in their order; the same twice is handled once', async () => {
    const [one, two] = [await world.holder(), await world.holder()];
    const tokens = [one.apiKey, 'unknown', two.token, one.apiKey];
    const { status, body } = await report(
      tokens.map((token) => ({
        token,
        type: 'tollgate_api_key',
        url: 'https://github.com/a/b',
        source: 'content',
      })),
    );
    expect(status).toBe(200);
    expect(body.results.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
      ...['revoked', 'unknown', 'revoked', 'revoked'],
    ]);
    expect(await leaks.trail()).toHaveLength(2);
  });

  it('200 within the time of one search, however many secrets of nobody it has: the others are ended', async () => {
    const { apiKey, token } = await world.holder();
    const began = world.clock();
    const looked: string[] = [];
    const credentials: LeaksPorts['credentials'] = {
      ...leaks.ports().credentials,
      // So many clients that no search comes to its end, and half a second for a page of them.
      async *named(credentialId) {
        for (looked.push(credentialId); ; ) {
          world.clock.advance(500);
          yield [];
        }
      },
    };
    // Anyone can make such secrets, and put them where scanners look.
    const forged = Array.from({ length: 20 }, () => ({ token: mintClientSecret('secret00', randomBytes) }));
    const { body } = await report([...forged, { token: apiKey }, ...forged], { credentials });
    const outcomes = body.results.map(({ outcome }: { outcome: string }) => outcome);
    expect(outcomes).toEqual([
      ...Array<string>(20).fill('unfinished'),
      'revoked',
      ...Array<string>(20).fill('unfinished'),
    ]);
    expect(looked).toHaveLength(20);
    expect(world.clock() - began).toBeLessThanOrEqual(10_000);
    expect((await leaks.use(token)).statusCode).toBe(401);
  });

  it.each([
    ['a place with a long name', { token: 'x', url: `https://github.com/${'a'.repeat(5_000)}` }],
    ['a token that is too long', { token: 'x'.repeat(9_000) }],
    ['no type', { token: 'x', type: null, source: null }],
  ])('200 with one that has %s: the others are ended all the same', async (_, odd) => {
    const { apiKey } = await world.holder();
    const { status, body } = await report([odd, { ...odd, token: apiKey }]);
    expect([status, body.results[0].outcome, body.results[1].outcome]).toEqual([200, 'unknown', 'revoked']);
    expect(JSON.stringify(await leaks.trail()).length).toBeLessThan(4_000);
  });

  it.each([
    ['none', []],
    ['101', Array.from({ length: 101 }, () => ({ token: 'x' }))],
    ['one without a token', [{ type: 'x' }]],
    ['one with an empty token', [{ token: '' }]],
    ['no objects', ['x']],
  ])('400 for %s', async (_, body) => {
    expect(await report(body)).toMatchObject({ status: 400, body: { code: 'invalid_body' } });
  });
});

describe('what cannot be done', () => {
  it.each([
    ['no object', '"x"', 'invalid_body'],
    ['no JSON', '{', 'invalid_body'],
    ['a member twice', '{"secret":"a","secret":"b"}', 'invalid_body'],
    ['no secret', {}, 'invalid_secret'],
    ['an empty one', { secret: '' }, 'invalid_secret'],
    ['one that is too long', { secret: 'a'.repeat(8193) }, 'invalid_secret'],
    ['a policy that there is not', { secret: 'a', policy: 'delete' }, 'invalid_policy'],
    ['a source that is too long', { secret: 'a', source: 'a'.repeat(2049) }, 'invalid_source'],
    ['a client id that is none', { secret: 'a', client_id: 'a/b' }, 'invalid_client_id'],
    ['a member that there is not', { secret: 'a', token: 'b' }, 'invalid_body'],
  ])('400 for %s', async (_, body, code) => {
    expect(await report(body)).toMatchObject({ status: 400, body: { code } });
  });

  it('503 where a credential was ended and its tokens could not be revoked; reported again, it goes on', async () => {
    const { apiKey, token } = await world.holder();
    const other = await world.holder();
    let failures = 1;
    const { ledger } = leaks.ports();
    const once: LeaksPorts['ledger'] = {
      revoke: async (revocation) => {
        failures -= 1;
        if (failures >= 0) throw new StoreUnavailable('no ledger');
        return ledger.revoke(revocation);
      },
    };
    const both = [{ token: apiKey }, { token: other.apiKey }];
    const answer = await report(both, { ledger: once });
    expect(answer).toMatchObject({ status: 503, body: { code: 'ledger_unavailable' } });
    expect(await leaks.logsIn(apiKey)).toBe(false);
    // What comes after the one that failed is ended all the same.
    expect((await leaks.use(other.token)).statusCode).toBe(401);
    const again = await report(both);
    expect(again.body.results.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
      'revoked',
      'already_revoked',
    ]);
    expect((await leaks.use(token)).statusCode).toBe(401);
  });

  it('503, and nothing is ended, where the trail cannot be written', async () => {
    const { apiKey } = await world.holder();
    const begin = async () => {
      throw new StoreUnavailable('no ledger');
    };
    const audit = { ...leaks.ports().audit, begin };
    expect(await report({ secret: apiKey }, { audit })).toMatchObject({ status: 503 });
    expect(await leaks.logsIn(apiKey)).toBe(true);
  });

  it('200 where it was ended and what it did cannot be read: the answer says both', async () => {
    const { apiKey } = await world.holder();
    const lineage: LeaksPorts['lineage'] = {
      ...leaks.ports().lineage,
      // biome-ignore lint/correctness/useYield: it fails before there is anything to give
      async *tokensOf() {
        throw new StoreUnavailable('no ledger');
      },
    };
    const { status, body } = await report({ secret: apiKey }, { lineage });
    expect([status, body.outcome, body.report]).toEqual([200, 'revoked', null]);
    expect(body.report_unavailable).toContain('/admin/usage/credentials/apikey00?client=');
    expect(await leaks.logsIn(apiKey)).toBe(false);
  });
});

it('no secret gets into an answer, the log, the trail or a table, wherever it stands in the report', async () => {
  const { apiKey, clientSecret, clientId, token } = await world.holder();
  await leaks.mark(clientId);
  const session = await aService(world);
  const secrets = [apiKey, clientSecret, session.refreshToken, token];
  const answers = [];
  for (const secret of secrets) {
    answers.push((await report({ secret, policy: 'report', source: `https://x.example/?q=${secret}` })).text);
    answers.push(
      (await report([{ token: secret, url: `https://x.example/?q=${encodeURIComponent(secret)}` }])).text,
    );
    answers.push(
      (await report({ [secret]: 1, secret })).text,
      (await report({ secret, policy: secret })).text,
    );
  }
  const stored = [...(await world.ledgerTable.items()), ...(await world.directoryTable.items())];
  const written = JSON.stringify([answers, leaks.lines, stored]) + output.text();
  for (const secret of secrets) expect(written.includes(secret)).toBe(false);
});
