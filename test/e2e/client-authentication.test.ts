import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { basic, call, claimsOf, form, reader } from './support.ts';

const ask = (parameters: Record<string, string>, headers: Record<string, string> = {}, query = '') =>
  call(`POST /oauth2/token${query}`, {
    headers: { ...form, ...headers },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...parameters }).toString(),
  });

const byKey = { 'x-api-key': reader.apiKey };
const byPost = { client_id: reader.clientId, client_secret: reader.clientSecret };
/** As strict clients write it: every character that is neither letter nor digit is escaped. */
const encode = (text: string) =>
  text.replace(/[^A-Za-z0-9]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

describe('client authentication at POST /oauth2/token', () => {
  it.each<[string, Record<string, string>, Record<string, string>]>([
    ['client_secret_basic', {}, basic(reader.clientId, reader.clientSecret)],
    ['client_secret_basic, escaped', {}, basic(encode(reader.clientId), encode(reader.clientSecret))],
    ['client_secret_post', byPost, {}],
    ['an API key', { client_id: reader.clientId }, byKey],
  ])('200 by %s', async (_, parameters, headers) => {
    const answer = await ask(parameters, headers);
    expect(answer.status).toBe(200);
    expect(claimsOf(String(answer.json().access_token))).toMatchObject({ client_id: reader.clientId });
  });

  it('400 for two methods at once (RFC 6749 §2.3)', async () => {
    const answer = await ask(byPost, byKey);
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ error: 'invalid_request' });
  });

  it('401 with a challenge for a secret that stands in the URL, and for one that is wrong', async () => {
    const wrong = await ask({ client_id: `nobody-${randomUUID()}`, client_secret: 'not-it' });
    const inUrl = await ask({}, {}, `?${new URLSearchParams(byPost)}`);
    for (const answer of [wrong, inUrl]) {
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm="tollgate"/);
    }
    expect(inUrl.text).toBe(wrong.text);
  });
});
