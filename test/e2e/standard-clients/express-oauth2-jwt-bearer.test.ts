/** express-oauth2-jwt-bearer, unmodified, before a resource server that knows nothing of us but our address. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { auth, claimEquals, requiredScopes } from 'express-oauth2-jwt-bearer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearer, login, reader, tampered, url } from '../support.ts';
import { AUDIENCE } from './parties.ts';

describe('express-oauth2-jwt-bearer', () => {
  let server: Server;
  let address: string;
  let token: string;
  beforeAll(async () => {
    const app = express();
    // Its strict mode is the profile of RFC 9068; DPoP (RFC 9449) is not what we do.
    app.use(auth({ issuerBaseURL: url, audience: AUDIENCE, strict: true, dpop: { enabled: false } }));
    app.get('/own', claimEquals('client_id', reader.clientId), (request, response) => {
      response.json(request.auth?.payload);
    });
    app.get('/products', requiredScopes('read:products'), (_, response) => void response.json({}));
    app.get('/create', requiredScopes('write:products'), (_, response) => void response.json({}));
    // Express would write what it refuses to the terminal.
    app.set('env', 'test');
    server = await new Promise((listening) => {
      const started = app.listen(0, '127.0.0.1', () => listening(started));
    });
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    token = await login(reader.apiKey);
  });
  afterAll(() => new Promise((closed) => server.close(closed)));

  const get = (path: string, headers: Record<string, string>) => fetch(address + path, { headers });

  it('lets our token in, by nothing but the discovery document', async () => {
    const answer = await get('/own', bearer(token));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ iss: url, client_id: reader.clientId });
  });

  it('finds our scopes', async () => {
    expect((await get('/products', bearer(token))).status).toBe(200);
    expect((await get('/create', bearer(token))).status).toBe(403);
  });

  it('lets nothing else in', async () => {
    expect((await get('/own', {})).status).toBe(401);
    expect((await get('/own', bearer(tampered(token, { scope: 'write:products' })))).status).toBe(401);
  });
});
