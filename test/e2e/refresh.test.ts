import { describe, expect, it } from 'vitest';
import { alice, basic, bearer, call, claimsOf, form, reader } from './support.ts';

interface Tokens {
  access_token: string;
  refresh_token: string;
}

const logIn = async () =>
  (await call('POST /auth', { headers: basic(alice.clientId, alice.password) })).json() as unknown as Tokens;

/** As alice: her name, and no secret. */
const send = (path: string, parameters: Record<string, string>, headers: Record<string, string> = {}) =>
  call(`POST ${path}`, {
    headers: { ...form, ...headers },
    body: new URLSearchParams(parameters).toString(),
  });
const refresh = (token: string, more: Record<string, string> = { client_id: alice.clientId }) =>
  send('/oauth2/token', { grant_type: 'refresh_token', refresh_token: token, ...more });
const use = async (token: string) =>
  (await call('GET /protected-resource', { headers: bearer(token) })).status;

describe('a session of alice', () => {
  it('goes on without her password, and a retry is answered with the same refresh token', async () => {
    const first = await logIn();
    const answers = await Promise.all([refresh(first.refresh_token), refresh(first.refresh_token)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const [one, other] = answers.map((answer) => answer.json() as unknown as Tokens);
    expect(one?.refresh_token).toBe(other?.refresh_token);
    expect(one?.refresh_token).not.toBe(first.refresh_token);
    expect(claimsOf(one?.access_token ?? '')).toMatchObject({ sub: alice.clientId });
    for (const token of [one, other]) expect(await use(token?.access_token ?? '')).toBe(200);
  });

  it('ends with the reuse of a token whose successor was used, and all its access tokens with it', async () => {
    const first = await logIn();
    const second = (await refresh(first.refresh_token)).json() as unknown as Tokens;
    const third = (await refresh(second.refresh_token)).json() as unknown as Tokens;
    expect(await use(third.access_token)).toBe(200);
    const reused = await refresh(first.refresh_token);
    expect([reused.status, reused.json().error]).toEqual([400, 'invalid_grant']);
    expect((await refresh(third.refresh_token)).json()).toMatchObject({ error: 'invalid_grant' });
    for (const token of [first, second, third]) expect(await use(token.access_token)).toBe(401);
  });

  it('ends when she revokes any of its tokens', async () => {
    const first = await logIn();
    const second = (await refresh(first.refresh_token)).json() as unknown as Tokens;
    const revocation = { client_id: alice.clientId, token: first.refresh_token };
    expect((await send('/oauth2/revoke', revocation)).status).toBe(200);
    expect((await refresh(second.refresh_token)).json()).toMatchObject({ error: 'invalid_grant' });
    expect(await use(second.access_token)).toBe(401);
  });

  it('is hers alone', async () => {
    const { refresh_token: token } = await logIn();
    const asReader = await send(
      '/oauth2/token',
      { grant_type: 'refresh_token', refresh_token: token },
      { 'x-api-key': reader.apiKey },
    );
    expect(asReader.status).toBe(400);
    expect((await refresh(token, {})).status).toBe(401);
    expect((await refresh(token)).status).toBe(200);
  });
});
