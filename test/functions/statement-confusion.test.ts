/**
 * A statement is signed by the keys of access tokens, so it must never be taken for one (RFC 8725 §3.11, §3.12): not
 * for its type, and not for its claims either, each of which has to be enough by itself. Nor must a token be a
 * statement.
 */
import { decodeJwt, jwtVerify, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signStatement, signToken } from '../../lambdas/crypto/sign-token.ts';
import type { Link } from '../../lambdas/domain/ledger/closing.ts';
import { noSums } from '../../lambdas/domain/ledger/rollup.ts';
import {
  type Month,
  parseMonth,
  STATEMENT_TYPE,
  type StatementClaims,
  statementClaims,
  statementTally,
} from '../../lambdas/domain/ledger/statement.ts';
import { createJwtAuthorizer } from '../../local/jwt-authorizer.ts';
import { requestEvent } from '../support/event.ts';
import { createHandedOver, type HandedOver } from '../support/handed-over.ts';
import { introspection } from '../support/introspection.ts';
import { KEY_ID, keyedClient } from '../support/keyed-client.ts';
import { captureOutput } from '../support/output.ts';
import { CLIENTS_ROUTE, statements } from '../support/statements.ts';
import { AUDIENCE, bodyOf, form, ISSUER, KID } from '../support/token-service.ts';

let world: HandedOver;
let shop: Awaited<ReturnType<HandedOver['actor']>>;
/** What it claims, what it is, and an access token. */
let claims: StatementClaims;
let statement: string;
let token: string;
captureOutput();

beforeAll(async () => {
  world = await createHandedOver();
  // A client whose id is the API's audience: nothing keeps an operator from calling one so.
  shop = await world.actor({ clientId: AUDIENCE, scopes: ['read:products', 'introspect:tokens'] });
  claims = statementClaims({
    ...{ issuer: ISSUER, clientId: AUDIENCE, month: parseMonth('2026-10') as Month, now: world.clock() },
    ...{ tally: statementTally(), total: noSums(), chain: { seq: 1, hash: 'f'.repeat(64) } as Link },
  }) as StatementClaims;
  statement = await signStatement(claims, key());
  token = (await world.user({}, { scope: 'read:products' })).token;
});
afterAll(() => world.close());

const key = () => ({ kid: KID, key: world.privateKey });

/** As it is; with the type of a token; and a token with the type of a statement. */
const confused = async (): Promise<[why: string, jwt: string][]> => [
  ['a statement', statement],
  ['one with the type of an access token', await signToken({ ...claims }, key())],
  [
    'one with that type, and all the times that a token has',
    await signToken({ ...claims, nbf: claims.iat, exp: claims.iat + 900, jti: 'x' }, key()),
  ],
  [
    'the claims of an access token, of the type of a statement',
    await new SignJWT(decodeJwt(token))
      .setProtectedHeader({ alg: 'RS256', typ: STATEMENT_TYPE, kid: KID })
      .sign(world.privateKey),
  ],
];

describe('a statement is no access token', () => {
  it('to the guard', async () => {
    expect(await world.use(token)).toMatchObject({ status: 200 });
    for (const [why, jwt] of await confused()) {
      expect({ why, ...(await world.use(jwt)) }).toEqual({ why, status: 401, caller: undefined });
    }
  });

  it('to introspection', async () => {
    const ask = introspection(world);
    const headers = { 'x-api-key': shop.apiKey };
    expect(bodyOf(await ask(form(headers, { token })))).toMatchObject({ active: true });
    for (const [why, jwt] of await confused()) {
      expect({ why, ...bodyOf(await ask(form(headers, { token: jwt }))) }).toEqual({ why, active: false });
    }
  });

  it('to token exchange', async () => {
    expect((await world.exchange(shop.apiKey, { subject_token: token })).statusCode).toBe(200);
    for (const [why, jwt] of await confused()) {
      const answer = await world.exchange(shop.apiKey, { subject_token: jwt });
      expect({ why, status: answer.statusCode, ...bodyOf(answer) }).toMatchObject({
        ...{ why, status: 400, error: 'invalid_request' },
      });
    }
  });

  it('to revocation, which has nothing to do then', async () => {
    for (const [why, jwt] of await confused()) {
      world.takeOperations();
      const answer = await world.revoke(form({ 'x-api-key': shop.apiKey }, { token: jwt }));
      expect({ why, status: answer.statusCode }).toEqual({ why, status: 200 });
      expect(world.ledgerTable.takeOperations()).toEqual([]);
    }
    expect(await world.use(token)).toMatchObject({ status: 200 });
  });

  it('to the gateway, which looks at no type: for there is no audience in it, nor a client_id in its place', async () => {
    const authorize = createJwtAuthorizer(
      async () => ({ ok: true, keys: [...world.jwks.keys] }),
      world.clock,
    );
    const configuration = { issuer: ISSUER, audience: [AUDIENCE] };
    expect(await authorize(`Bearer ${token}`, configuration, [])).toMatchObject({ admitted: true });
    for (const jwt of (await confused()).slice(0, 3).map(([, text]) => text)) {
      expect(await authorize(`Bearer ${jwt}`, configuration, [])).toMatchObject({ admitted: false });
    }
  });

  it('nor an assertion that gets a token', async () => {
    for (const [why, jwt] of await confused()) {
      const answer = await world.assert(jwt);
      expect({ why, status: answer.statusCode }).toEqual({ why, status: 400 });
    }
  });

  it('and an access token is no statement', async () => {
    const verify = (jwt: string) =>
      jwtVerify(
        jwt,
        { ...world.jwks.keys[0] },
        { issuer: ISSUER, typ: STATEMENT_TYPE, algorithms: ['RS256'] },
      );
    await expect(verify(statement)).resolves.toMatchObject({ payload: { sub: AUDIENCE } });
    await expect(verify(token)).rejects.toThrow(/typ/);
  });
});

describe('GET /usage/statements/{month} by a key of the client (private_key_jwt)', () => {
  const keyed = keyedClient();
  const ask = (assertion: string, query?: Record<string, string>) =>
    statements(keyed.service).send(
      requestEvent(CLIENTS_ROUTE, {
        headers: { authorization: `Bearer ${assertion}` },
        pathParameters: { month: '2026-13' },
        ...(query && { query }),
      }),
    );

  it('whose assertion stands in Authorization: once', async () => {
    const assertion = keyed.assertionOf();
    // Whoever is authenticated is told that there is no such month.
    expect((await ask(assertion)).statusCode).toBe(400);
    expect((await ask(assertion)).statusCode).toBe(401);
  });

  it('never in the address', async () => {
    const assertion = keyed.assertionOf();
    const answer = await ask('x', keyed.asserting(assertion));
    expect(bodyOf(answer)).toMatchObject({ error: 'invalid_request' });
    expect((await ask(assertion)).statusCode).toBe(400);
  });

  it('not one for somebody else, nor by another key, nor a statement', async () => {
    const others = keyed.assertionOf({ aud: 'https://elsewhere.example' });
    const stranger = keyed.assertionOf({}, { kid: KEY_ID }, keyed.keys.RS256);
    for (const jwt of [others, stranger, statement, token]) expect((await ask(jwt)).statusCode).toBe(401);
  });
});
