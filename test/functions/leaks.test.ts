import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { verifySecret } from '../../lambdas/crypto/credentials.ts';
import { refreshTokens } from '../../lambdas/crypto/refresh-tokens.ts';
import { signedTokens } from '../../lambdas/crypto/signed-tokens.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { mintRefreshToken } from '../../lambdas/domain/refresh-token.ts';
import { mintApiKey, mintClientSecret } from '../../lambdas/domain/secret-format.ts';
import { type LeaksPorts, leaksHandler } from '../../lambdas/functions/leaks/handler.ts';
import type { Request } from '../../lambdas/http/event.ts';
import { auditWriter } from '../../lambdas/store/audit.ts';
import { leakedCredentials } from '../../lambdas/store/leaked-credentials.ts';
import { lineageReader } from '../../lambdas/store/lineage.ts';
import { refreshFamilies } from '../../lambdas/store/refresh-families.ts';
import { revocationWriter } from '../../lambdas/store/revocations.ts';
import { DAY, HOUR, MINUTE, NOW, SECOND } from '../support/clock.ts';
import { requestEvent } from '../support/event.ts';
import { captureOutput } from '../support/output.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { aService, refreshingAs, tokensOf } from '../support/sessions.ts';
import { asking, ISSUER } from '../support/token-service.ts';
import { createTraced, jtiOf, type Traced, txnOf } from '../support/traced.ts';

const OPERATOR = 'arn:aws:iam::123456789012:user/alice';
const ROUTE = 'GET /products/{name}';
const output = captureOutput();
const lines: unknown[][] = [];
let world: Traced;
let requests = 0;
beforeAll(async () => {
  world = await createTraced();
});
afterEach(() => {
  world.restore();
  lines.length = 0;
});
afterAll(() => world.close());

function ports(): LeaksPorts {
  const { access, directoryTable, ledgerTable, jwks, clock } = world;
  const [directory, ledger] = [access(directoryTable), access(ledgerTable)];
  return {
    credentials: leakedCredentials(directory, randomUUID),
    matches: verifySecret,
    families: refreshFamilies(directory),
    tokens: refreshTokens,
    verify: signedTokens({ keys: { jwks: async () => jwks }, issuer: ISSUER }),
    ledger: revocationWriter(ledger),
    lineage: lineageReader(ledger),
    ...{ clock, log: recordedLog(lines), audit: auditWriter(ledger) },
  };
}

async function report(body: unknown, changes: Partial<LeaksPorts> = {}) {
  requests += 1;
  const event = requestEvent('POST /admin/leaks', {
    ...{ headers: { 'content-type': 'application/json' }, requestId: `leak-${requests}`, at: world.clock() },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const requestContext = { ...event.requestContext, authorizer: { iam: { userArn: OPERATOR } } };
  const answer = await leaksHandler({ ...ports(), ...changes })({ ...event, requestContext } as Request);
  return { status: answer.statusCode, text: String(answer.body), body: JSON.parse(String(answer.body)) };
}

/** As the directory lists it. */
const mark = (clientId: string) => world.put({ pk: 'CLIENTS', sk: clientId, clientId });
const use = (token: string, sourceIp = '203.0.113.7') =>
  world.call(ROUTE, token, { sourceIp, pathParameters: { name: 'lamp' } });
const logsIn = async (apiKey: string) => (await world.login(asking(apiKey, {}))).statusCode === 200;
const credentialsOf = async (clientId: string) =>
  (await world.directoryTable.items()).filter(({ pk, sk }) => pk === `CLIENT#${clientId}` && sk !== 'CLIENT');
const trail = async () => {
  const id = `leak-${requests}`;
  return (await world.ledgerTable.items()).filter(
    ({ pk, requestId }) => pk.startsWith('AUDIT#') && requestId === id,
  );
};

describe('an API key that has leaked', () => {
  it('200: it is revoked, its tokens are refused on the next call, and what it did and cost is told', async () => {
    const { clientId, apiKey, token } = await world.holder();
    world.clock.advance(MINUTE);
    await use(token);
    await use(token, '198.51.100.9');
    await use(token, '198.51.100.9');
    world.clock.advance(MINUTE);
    const { status, body } = await report({ secret: apiKey, source: 'https://github.com/acme/app' });
    expect(status).toBe(200);
    expect(body).toEqual({
      ...{
        kind: 'api_key',
        outcome: 'revoked',
        was: 'active',
        client_id: clientId,
        credential_id: 'apikey00',
      },
      revoked_at: new Date(NOW + 2 * MINUTE).toISOString(),
      report: {
        ...{ tokens: 1, calls: 4, errors: 0, refused: 0, complete: true },
        ...{ cost_micro_dollars: 100 + 3 * 50, cost: '0.000250' },
        first_used_at: new Date(NOW).toISOString(),
        last_used_at: new Date(NOW + MINUTE).toISOString(),
        source_ips: [
          { source_ip: '203.0.113.7', calls: 2 },
          { source_ip: '198.51.100.9', calls: 2 },
        ],
        newest: [
          {
            ...{ jti: jtiOf(token), sub: clientId, grant_type: 'login' },
            issued_at: new Date(NOW).toISOString(),
            expires_at: new Date(NOW + 15 * MINUTE).toISOString(),
            href: `/admin/usage/tokens/${jtiOf(token)}`,
          },
        ],
        href: `/admin/usage/credentials/apikey00?client=${clientId}`,
      },
    });
    expect(await logsIn(apiKey)).toBe(false);
    expect((await use(token)).statusCode).toBe(401);
    expect(await credentialsOf(clientId)).toContainEqual(
      expect.objectContaining({
        ...{ credentialId: 'apikey00', state: 'revoked', revokedAt: NOW + 2 * MINUTE },
        revision: expect.any(String),
        expiresAt: (NOW + 2 * MINUTE + 90 * DAY) / SECOND,
      }),
    );
    expect(await trail()).toMatchObject([
      {
        ...{ action: 'leak.report', operator: OPERATOR, status: 200 },
        target: { client: clientId, credential: 'apikey00' },
        details: { policy: 'disable', source: 'https://github.com/acme/app' },
      },
    ]);
  });

  it('leaves the client’s other credentials and what they got as they were', async () => {
    const { clientId, apiKey, clientSecret } = await world.client({ scopes: ['read:products'] });
    const headers = { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` };
    const login = await world.login({ headers });
    const other = String(JSON.parse(String(login.body)).access_token);
    await report({ secret: apiKey });
    expect((await use(other)).statusCode).toBe(200);
    expect((await world.login({ headers })).statusCode).toBe(200);
  });

  it('reported again says so, with the time of the first time, and changes nothing', async () => {
    const { clientId, apiKey } = await world.holder();
    const first = await report({ secret: apiKey });
    const before = await credentialsOf(clientId);
    world.clock.advance(HOUR);
    const again = await report({ secret: apiKey });
    expect(again.body).toMatchObject({
      ...{ outcome: 'already_revoked', was: 'revoked', revoked_at: first.body.revoked_at },
      report: { tokens: 1 },
    });
    expect(await credentialsOf(clientId)).toEqual(before);
  });

  it('reported twice at once ends once, and both hear that it is ended', async () => {
    const { apiKey, token } = await world.holder();
    const answers = await Promise.all([report({ secret: apiKey }), report({ secret: apiKey })]);
    for (const { status, body } of answers) {
      expect([status, ['revoked', 'already_revoked'].includes(body.outcome)]).toEqual([200, true]);
    }
    expect((await use(token)).statusCode).toBe(401);
  });

  it('covers a token that was being issued meanwhile, by a function whose clock is a little ahead', async () => {
    const { apiKey } = await world.client({ scopes: ['read:products'] });
    world.clock.advance(5 * SECOND);
    const late = await world.login(asking(apiKey, {}));
    world.clock.advance(-5 * SECOND);
    await report({ secret: apiKey });
    world.clock.advance(6 * SECOND);
    expect((await use(String(JSON.parse(String(late.body)).access_token))).statusCode).toBe(401);
  });

  it.each([
    ['disabled', { state: 'disabled' }],
    ['expired', { validUntil: NOW - MINUTE }],
  ] as const)('that is %s is ended all the same: its tokens may live', async (was, changes) => {
    const { apiKey } = await world.client({}, changes);
    expect((await report({ secret: apiKey })).body).toMatchObject({ outcome: 'revoked', was });
  });

  it('policy report: nothing is written, and the answer has what it did', async () => {
    const { apiKey, token } = await world.holder();
    await use(token);
    world.takeOperations();
    const { body } = await report({ secret: apiKey, policy: 'report' });
    expect(body).toMatchObject({ outcome: 'reported', was: 'active', report: { tokens: 1, calls: 2 } });
    expect(body).not.toHaveProperty('revoked_at');
    expect(world.takeOperations().filter((name) => !/^(Get|BatchGet|Query)/.test(name))).toEqual([]);
    expect(await trail()).toEqual([]);
    expect(await logsIn(apiKey)).toBe(true);
  });
});

describe('other secrets', () => {
  it('a client secret is found among all clients that are listed, though it does not say whose it is', async () => {
    const clients = await Promise.all([world.client(), world.client(), world.client()]);
    for (const { clientId } of clients) await mark(clientId);
    const [, { clientId, clientSecret } = clients[0] ?? expect.fail()] = clients;
    expect((await report({ secret: clientSecret })).body).toMatchObject({
      ...{ kind: 'client_secret', outcome: 'revoked', client_id: clientId, credential_id: 'secret00' },
    });
    const states = await Promise.all(
      clients.map(async (one) => (await credentialsOf(one.clientId)).map(({ state }) => state)),
    );
    expect(states.flat().filter((state) => state === 'revoked')).toHaveLength(1);
  });

  it('a client secret of a client that is not listed is found where the client is named', async () => {
    const { clientId, clientSecret } = await world.client();
    expect((await report({ secret: clientSecret })).body.outcome).toBe('unknown');
    const named = await report({ secret: clientSecret, client_id: clientId });
    expect(named.body).toMatchObject({ outcome: 'revoked', client_id: clientId });
  });

  it('says that there were too many clients to look through, and takes the client’s name instead', async () => {
    const { clientId, clientSecret } = await world.client();
    const { credentials } = ports();
    const slow: LeaksPorts['credentials'] = {
      ...credentials,
      async *named() {
        for (;;) {
          world.clock.advance(6 * SECOND);
          yield [];
        }
      },
    };
    const { body } = await report({ secret: clientSecret }, { credentials: slow });
    expect(body).toMatchObject({ outcome: 'unfinished', detail: expect.stringContaining('client_id') });
    const named = await report({ secret: clientSecret, client_id: clientId }, { credentials: slow });
    expect(named.body.outcome).toBe('revoked');
  });

  it('a refresh token ends its session, also one that was replaced before, and every access token of it', async () => {
    const service = await aService(world, { scopes: ['read:products'] });
    const next = await world.token(refreshingAs({ 'x-api-key': service.apiKey }, service.refreshToken));
    const { accessToken, refreshToken } = tokensOf(next);
    world.clock.advance(MINUTE);
    const { body } = await report({ secret: service.refreshToken });
    expect(body).toMatchObject({
      ...{ kind: 'refresh_token', outcome: 'revoked', was: 'active', client_id: service.clientId },
      ...{ txn: txnOf(accessToken), report: { tokens: 2 } },
    });
    expect((await use(accessToken)).statusCode).toBe(401);
    const refused = await world.token(refreshingAs({ 'x-api-key': service.apiKey }, refreshToken));
    expect(refused.statusCode).toBe(400);
    expect((await report({ secret: refreshToken })).body).toMatchObject({
      outcome: 'already_revoked',
      was: 'revoked',
    });
    expect(await logsIn(service.apiKey)).toBe(true);
  });

  it('an access token is revoked alone', async () => {
    const { apiKey, token } = await world.holder();
    await use(token);
    const { body } = await report({ secret: token });
    expect(body).toMatchObject({
      ...{ kind: 'access_token', outcome: 'revoked', was: 'active', jti: jtiOf(token) },
      report: { tokens: 1, calls: 2, href: `/admin/usage/tokens/${jtiOf(token)}` },
    });
    expect((await use(token)).statusCode).toBe(401);
    expect(await logsIn(apiKey)).toBe(true);
    world.clock.advance(HOUR);
    expect((await report({ secret: token })).body).toMatchObject({
      outcome: 'already_revoked',
      was: 'expired',
    });
  });
});

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
      expect([status, await trail()]).toEqual([200, []]);
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
    const stale = await ports().credentials.find(clientId, 'apikey00');
    const hash = createHash('sha256').update('another').digest('hex');
    await world.put({ pk: `CLIENT#${clientId}`, sk: 'CREDENTIAL#apikey00', ...stale, hash });
    const credentials = { ...ports().credentials, find: async () => stale };
    expect((await report({ secret: apiKey }, { credentials })).body.outcome).toBe('unknown');
    expect(await credentialsOf(clientId)).toContainEqual(expect.objectContaining({ hash, state: 'active' }));
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
    expect(await trail()).toHaveLength(2);
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
    const { ledger } = ports();
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
    expect(await logsIn(apiKey)).toBe(false);
    // What comes after the one that failed is ended all the same.
    expect((await use(other.token)).statusCode).toBe(401);
    const again = await report(both);
    expect(again.body.results.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
      'revoked',
      'already_revoked',
    ]);
    expect((await use(token)).statusCode).toBe(401);
  });

  it('503, and nothing is ended, where the trail cannot be written', async () => {
    const { apiKey } = await world.holder();
    const begin = async () => {
      throw new StoreUnavailable('no ledger');
    };
    const audit = { ...ports().audit, begin };
    expect(await report({ secret: apiKey }, { audit })).toMatchObject({ status: 503 });
    expect(await logsIn(apiKey)).toBe(true);
  });

  it('200 where it was ended and what it did cannot be read: the answer says both', async () => {
    const { apiKey } = await world.holder();
    const lineage: LeaksPorts['lineage'] = {
      ...ports().lineage,
      // biome-ignore lint/correctness/useYield: it fails before there is anything to give
      async *tokensOf() {
        throw new StoreUnavailable('no ledger');
      },
    };
    const { status, body } = await report({ secret: apiKey }, { lineage });
    expect([status, body.outcome, body.report]).toEqual([200, 'revoked', null]);
    expect(body.report_unavailable).toContain('/admin/usage/credentials/apikey00?client=');
    expect(await logsIn(apiKey)).toBe(false);
  });
});

it('no secret gets into an answer, the log, the trail or a table, wherever it stands in the report', async () => {
  const { apiKey, clientSecret, clientId, token } = await world.holder();
  await mark(clientId);
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
  const written = JSON.stringify([answers, lines, stored]) + output.text();
  for (const secret of secrets) expect(written.includes(secret)).toBe(false);
});
