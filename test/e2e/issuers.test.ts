import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { DISCOVERY, foreignKey, type IssuerServer, startIssuer } from '../support/issuer-server.ts';
import { operate, operated } from './operator.ts';
import { bearer, call, form, json, login, operator, reader, url } from './support.ts';

const BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const methods = ['GET', 'PUT', 'DELETE'] as const;
const named = (issuer: string) => `/admin/issuers?${new URLSearchParams({ issuer })}`;
const aMapping = { match: { repository: 'acme/*' }, client_id: reader.clientId, subject: 'e2e:{repository}' };

describe('/admin/issuers', () => {
  it.each(methods)('%s: 403 for nobody, and for a token', async (method) => {
    for (const headers of [{}, bearer(await login(reader.apiKey))]) {
      const body = method === 'GET' ? {} : { body: '{}' };
      expect(
        (await call(`${method} /admin/issuers`, { headers: { ...json, ...headers }, ...body })).status,
      ).toBe(403);
    }
  });

  // Whoever runs these tests against a deployment need not be one who may operate it.
  describe.runIf(operator !== undefined)('with the signature of an operator', () => {
    it('201, listed, 200 when it changes, 204 when it goes, and 404 from then on', async () => {
      const issuer = `https://${randomUUID()}.example.net/`;
      const created = await operate('PUT /admin/issuers', { issuer, mappings: [aMapping] });
      expect(created.status).toBe(201);
      expect(created.json()).toMatchObject({ issuer, state: 'active', single_use: true });
      const changed = await operate('PUT /admin/issuers', { ...created.json(), state: 'disabled' });
      expect(changed.status).toBe(200);
      const { issuers } = await operated('GET /admin/issuers');
      const { warnings: _, ...kept } = changed.json();
      const etag = changed.headers.get('etag');
      expect(issuers).toContainEqual({ ...kept, etag });
      expect((await operate(`DELETE ${named(issuer)}`)).status).toBe(204);
      const gone = await operate(`DELETE ${named(issuer)}`);
      expect([gone.status, gone.json().code]).toEqual([404, 'unknown_issuer']);
    });

    it('400 for what is not to be trusted, with a code that says what', async () => {
      const own = String((await call(`GET ${DISCOVERY}`)).json().issuer);
      const issuer = 'https://idp.example.net';
      const refused: [string, object][] = [
        ['invalid_issuer', { issuer: own, mappings: [aMapping] }],
        ['invalid_issuer', { issuer: 'http://idp.example.net', mappings: [aMapping] }],
        ['invalid_match', { issuer, mappings: [{ ...aMapping, match: {} }] }],
        ['unknown_client', { issuer, mappings: [{ ...aMapping, client_id: 'nobody-has-this-id' }] }],
      ];
      for (const [code, body] of refused) {
        const answer = await operate('PUT /admin/issuers', body);
        expect([answer.status, answer.json().code]).toEqual([400, code]);
      }
    });
  });
});

// The functions have to reach this process, by http: that is so on one machine only.
describe.runIf(operator !== undefined && new URL(url).hostname === '127.0.0.1')(
  'an issuer on this machine',
  () => {
    const open: IssuerServer[] = [];
    afterAll(() => Promise.all(open.map((issuer) => issuer.close())));

    it('is discovered; one that answers HTML is no verdict: 503, and try again', async () => {
      const [good, bad, key] = await Promise.all([startIssuer(), startIssuer(), foreignKey('first')]);
      open.push(good, bad);
      good.publish(key.jwk);
      bad.answer(DISCOVERY, (response) => response.end('<!doctype html><p>log in</p>'));
      const wanted = { client_name: 'e2e', scope: 'read:products', grant_types: [BEARER] };
      const { client_id } = await operated('POST /admin/clients', wanted);
      const audience = String((await call(`GET ${DISCOVERY}`)).json().issuer);
      const ask = async (issuer: IssuerServer) => {
        const mappings = [{ ...aMapping, client_id, scope: 'read:products' }];
        await operated('PUT /admin/issuers', { issuer: issuer.url, algorithms: ['ES256'], mappings });
        const now = Math.floor(Date.now() / 1000);
        const times = { iat: now, nbf: now, exp: now + 60 };
        const assertion = await key.sign({
          ...{ iss: issuer.url, aud: audience, repository: 'acme/shop', jti: randomUUID() },
          ...times,
        });
        const answer = await call('POST /oauth2/token', {
          headers: form,
          body: new URLSearchParams({ grant_type: BEARER, assertion }).toString(),
        });
        await operated(`DELETE ${named(issuer.url)}`);
        return answer;
      };
      const granted = await ask(good);
      expect(granted.status).toBe(200);
      expect(granted.json()).toMatchObject({ token_type: 'Bearer', scope: 'read:products' });
      const refused = await ask(bad);
      expect([refused.status, refused.json().error]).toEqual([503, 'temporarily_unavailable']);
      expect(refused.headers.get('retry-after')).toBe('1');
    });
  },
);
