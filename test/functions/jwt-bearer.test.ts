/** `POST /oauth2/token` with the grant of RFC 7523 §2.1, over real tables and real signatures. */
import { randomUUID } from 'node:crypto';
import { decodeJwt, generateKeyPair } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '../../lambdas/domain/client.ts';
import { JWT_BEARER } from '../../lambdas/domain/grant-type.ts';
import { credentialTarget } from '../../lambdas/domain/revocation.ts';
import type { Response } from '../../lambdas/http/event.ts';
import { revoke } from '../support/guarded.ts';
import { createHandedOver, type HandedOver, PARTNER, START, tokenIn } from '../support/handed-over.ts';
import { captureOutput } from '../support/output.ts';
import { basic, bodyOf } from '../support/token-service.ts';

let world: HandedOver;
const output = captureOutput();

beforeAll(async () => {
  world = await createHandedOver();
});
afterAll(() => world.close());
beforeEach(() => {
  world.takeOperations();
});

/** A client in whose name the partner's tokens may be turned in. */
const deployer = (changes: Partial<Client> = {}) =>
  world.client({ scopes: ['read:products'], grantTypes: [JWT_BEARER], ...changes });

const errorOf = (response: Response) => ({ status: response.statusCode, error: bodyOf(response).error });
const reasons = () =>
  output.lines().flatMap(({ message, reason }) => (message === 'grant refused' ? [reason] : []));
const INVALID = { status: 400, error: 'invalid_grant' };

describe('200', () => {
  it('a token for the mapped subject, in the name of the mapping’s client, with no more than it has', async () => {
    const { clientId } = await deployer({ tenant: 'acme' });
    await world.trust(clientId, {
      scopes: ['read:products', 'write:products'],
      rolesFrom: { claim: 'groups', values: { admins: ['support'] } },
      claims: { email: '{email}' },
    });
    const assertion = await world.partnerToken({ groups: ['admins', 'others'], email: 'a@acme.example' });
    const answer = await world.assert(assertion);
    expect(bodyOf(answer)).toEqual({
      ...{ access_token: expect.any(String), token_type: 'Bearer', expires_in: 300 },
      ...{ scope: 'read:products', transaction_id: expect.any(String) },
    });
    const claims = decodeJwt(tokenIn(answer));
    expect(claims).toMatchObject({
      ...{ sub: 'partner:acme/shop', client_id: clientId, credential_id: PARTNER, tenant: 'acme' },
      ...{ roles: 'support', email: 'a@acme.example', exp: START + 300 },
    });
    expect(claims).not.toHaveProperty('act');
    expect(await world.use(tokenIn(answer))).toMatchObject({ status: 200 });
  });

  it('with the scopes of its roles, so far as the client has them', async () => {
    const { clientId } = await deployer({ scopes: ['read:users'] });
    await world.trust(clientId, { scopes: [], roles: ['support', 'catalogue'] });
    expect(bodyOf(await world.assert(await world.partnerToken()))).toMatchObject({ scope: 'read:users' });
  });

  it.each([
    ['the mapping', { tokenLifetime: 120 }, {}, 120],
    ['the client', {}, { tokenLifetime: 60 }, 60],
    ['the assertion', { tokenLifetime: 900 }, { tokenLifetime: 900 }, 300],
  ])('for as long as %s allows at most', async (_, mapping, changes, expected) => {
    const { clientId } = await deployer(changes);
    await world.trust(clientId, mapping);
    expect(bodyOf(await world.assert(await world.partnerToken()))).toMatchObject({ expires_in: expected });
  });

  it('to its client, where that authenticates or only names itself', async () => {
    const client = await deployer();
    await world.trust(client.clientId);
    const { clientId: client_id, clientSecret: client_secret } = client;
    for (const parameters of [{ client_id }, { client_id, client_secret }] as Record<string, string>[]) {
      expect((await world.assert(await world.partnerToken(), parameters)).statusCode).toBe(200);
    }
    const headers = basic(client_id, client_secret);
    expect((await world.assert(await world.partnerToken(), {}, headers)).statusCode).toBe(200);
  });

  it('costs three reads and two writes: the issuer, the client, the budgets, the use, and the ledger', async () => {
    const { clientId } = await deployer();
    await world.trust(clientId);
    world.takeOperations();
    await world.assert(await world.partnerToken());
    expect(world.directoryTable.takeOperations()).toEqual(['GetItem', 'BatchGetItem', 'PutItem']);
    expect(world.ledgerTable.takeOperations()).toEqual(['BatchGetItem', 'BatchWriteItem']);
  });

  it('leaves in the ledger whose token it was', async () => {
    const { clientId } = await deployer();
    await world.trust(clientId);
    const jti = randomUUID();
    const issued = decodeJwt(tokenIn(await world.assert(await world.partnerToken({ jti }))));
    const items = await world.ledgerTable.items();
    expect(items.find(({ pk }) => pk === `TOKEN#${issued.jti}`)).toMatchObject({
      grantType: JWT_BEARER,
      origin: { kind: 'federated', issuer: PARTNER, subject: 'repo:acme/shop', jti },
    });
  });

  it('ends with all others of its issuer', async () => {
    const { clientId } = await deployer();
    await world.trust(clientId);
    const token = tokenIn(await world.assert(await world.partnerToken()));
    await revoke(world.ledgerTable, { kind: 'credential', id: credentialTarget(clientId, PARTNER) }, START);
    expect((await world.use(token)).status).toBe(401);
  });
});

describe('an assertion is used once', () => {
  it('400 invalid_grant for the second time, and for all but one of ten at once', async () => {
    const { clientId } = await deployer();
    await world.trust(clientId);
    const assertion = await world.partnerToken();
    const answers = await Promise.all(Array.from({ length: 10 }, () => world.assert(assertion)));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, ...Array(9).fill(400)]);
    expect(errorOf(await world.assert(assertion))).toEqual(INVALID);
    expect(reasons()).toEqual(Array(10).fill('used before'));
  });

  it('unless its issuer is trusted with more', async () => {
    const { clientId } = await deployer();
    await world.trust(clientId, {}, { singleUse: false });
    const assertion = await world.partnerToken({ jti: undefined });
    expect((await world.assert(assertion)).statusCode).toBe(200);
    expect((await world.assert(assertion)).statusCode).toBe(200);
  });

  it('needs a jti for that', async () => {
    const { clientId } = await deployer();
    await world.trust(clientId);
    expect(errorOf(await world.assert(await world.partnerToken({ jti: undefined })))).toEqual(INVALID);
  });

  it('is not used up by what is refused or could not be signed', async () => {
    const { clientId } = await deployer();
    await world.trust(clientId);
    const assertion = await world.partnerToken();
    expect(errorOf(await world.assert(assertion, { scope: 'write:products' })).error).toBe('invalid_scope');
    expect(errorOf(await world.assert(assertion, { client_id: 'someone-else' }))).toEqual(INVALID);
    world.state.hasKeys = false;
    expect((await world.assert(assertion)).statusCode).toBe(503);
    world.state.hasKeys = true;
    expect((await world.assert(assertion)).statusCode).toBe(200);
  });
});

describe('400 invalid_grant', () => {
  it.each([
    ['an unknown issuer', { iss: 'https://evil.example' }, 'unknown_issuer', 'not acceptable here'],
    ['another audience', { aud: 'https://other.example' }, 'wrong_audience', 'another audience'],
    ['one that is over', { exp: START }, 'expired', 'expired'],
    ['one that is not valid yet', { nbf: START + 120 }, 'not_yet_valid', 'not valid yet'],
    [
      'one that no mapping matches',
      { repository: 'zeta/shop' },
      'no mapping of the issuer matches the token',
      'no mapping takes it',
    ],
  ])('for %s', async (_, claims, reason, told) => {
    const { clientId } = await deployer();
    await world.trust(clientId);
    const assertion = await world.partnerToken(claims);
    const answer = await world.assert(assertion);
    expect(errorOf(answer)).toEqual(INVALID);
    expect(bodyOf(answer).error_description).toContain(told);
    expect(reasons()).toEqual([reason]);
    expect(output.text()).not.toContain(assertion.split('.')[2]);
  });

  it('for what another key signed, and for what is no JWT', async () => {
    const { clientId } = await deployer();
    await world.trust(clientId);
    const { privateKey } = await generateKeyPair('ES256');
    const forged = await world.assert(await world.partnerToken({ exp: START }, privateKey));
    expect(errorOf(forged)).toEqual(INVALID);
    // Nothing is told of what the issuer did not sign, be it over or not.
    expect(bodyOf(forged).error_description).toBe('the assertion is not acceptable here');
    expect(errorOf(await world.assert('not.a.token'))).toEqual(INVALID);
    expect(reasons()).toEqual(['bad_signature', 'no JWT']);
  });

  it('for an access token of our own', async () => {
    const { apiKey } = await world.client();
    const { clientId } = await deployer();
    await world.trust(clientId);
    const token = tokenIn(await world.login({ headers: { 'x-api-key': apiKey } }));
    expect(errorOf(await world.assert(token))).toEqual(INVALID);
    expect(reasons()).toEqual(['a token of our own']);
  });

  it('for an issuer that is trusted no more', async () => {
    const { clientId } = await deployer();
    await world.trust(clientId, {}, { state: 'disabled' });
    expect(errorOf(await world.assert(await world.partnerToken()))).toEqual(INVALID);
  });

  it('where the mapping’s client is gone or disabled', async () => {
    const { clientId } = await deployer({ state: 'disabled' });
    await world.trust(clientId);
    expect(errorOf(await world.assert(await world.partnerToken()))).toEqual(INVALID);
    await world.trust('nobody');
    expect(errorOf(await world.assert(await world.partnerToken()))).toEqual(INVALID);
    expect(reasons()).toEqual(Array(2).fill('its client is disabled or gone'));
  });

  it('where it is for another tenant than its client’s', async () => {
    const { clientId } = await deployer({ tenant: 'acme' });
    await world.trust(clientId, { tenant: '{org}' });
    expect(errorOf(await world.assert(await world.partnerToken({ org: 'zeta' })))).toEqual(INVALID);
    expect((await world.assert(await world.partnerToken({ org: 'acme' }))).statusCode).toBe(200);
  });

  it('where another client presents it', async () => {
    const [client, other] = await Promise.all([deployer(), deployer()]);
    await world.trust(client.clientId);
    const assertion = await world.partnerToken();
    expect(errorOf(await world.assert(assertion, { client_id: other.clientId }))).toEqual(INVALID);
    expect(errorOf(await world.assert(assertion, {}, { 'x-api-key': other.apiKey }))).toEqual(INVALID);
    expect(reasons()).toEqual(Array(2).fill('for another client'));
  });
});

describe('400, 401 and 503', () => {
  it('invalid_request without an assertion', async () => {
    expect(errorOf(await world.assert(''))).toEqual({ status: 400, error: 'invalid_request' });
    expect(world.takeOperations()).toEqual([]);
  });

  it.each(['read:users', 'read:usage', 'a  b'])('invalid_scope for %s', async (scope) => {
    const { clientId } = await deployer();
    await world.trust(clientId);
    const answer = await world.assert(await world.partnerToken(), { scope });
    expect(errorOf(answer)).toEqual({ status: 400, error: 'invalid_scope' });
  });

  it('unauthorized_client where the mapping’s client may not use the grant', async () => {
    const { clientId } = await world.client();
    await world.trust(clientId);
    const answer = await world.assert(await world.partnerToken());
    expect(errorOf(answer)).toEqual({ status: 400, error: 'unauthorized_client' });
  });

  it('401 for credentials that are wrong, although none were needed', async () => {
    const client = await deployer();
    await world.trust(client.clientId);
    const headers = basic(client.clientId, `${client.clientSecret}x`);
    const answer = await world.assert(await world.partnerToken(), {}, headers);
    expect(errorOf(answer)).toEqual({ status: 401, error: 'invalid_client' });
    const post = { client_id: client.clientId, client_secret: `${client.clientSecret}x` };
    expect(errorOf(await world.assert(await world.partnerToken(), post)).status).toBe(401);
  });

  it.each(['GetItem', 'BatchGetItem', 'PutItem'])(
    '503 where the directory does not answer a %s',
    async (failing) => {
      const { clientId } = await deployer();
      await world.trust(clientId);
      const assertion = await world.partnerToken();
      world.state.behindDoors = true;
      world.directoryDoor.misbehave((operation) => (operation === failing ? 'failing' : undefined));
      const answer = await world.assert(assertion);
      world.state.behindDoors = false;
      world.directoryDoor.misbehave(() => undefined);
      expect(answer.statusCode).toBe(503);
      expect(world.ledgerTable.takeOperations()).toEqual([]);
      expect((await world.assert(assertion)).statusCode).toBe(200);
    },
  );
});
