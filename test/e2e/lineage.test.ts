/** What a key did, from its login to its end, as `docs/lineage.md` says it is found out. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { operated } from './operator.ts';
import { bearer, call, claimsOf, form, login, operator, url } from './support.ts';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const page = readFileSync(fileURLToPath(new URL('../../docs/lineage.md', import.meta.url)), 'utf8');
const [, script = ''] = /<!-- run: [^>]*-->\n```sh\n([\s\S]*?)^```/m.exec(page) ?? [];

async function service(scope: string, grantType = 'client_credentials') {
  const wanted = { client_name: 'e2e', scope, grant_types: [grantType] };
  const { client_id, api_key } = await operated('POST /admin/clients', wanted);
  return { clientId: String(client_id), apiKey: String(api_key) };
}

const post = (path: string, apiKey: string, parameters: Record<string, string>) =>
  call(`POST ${path}`, {
    headers: { ...form, 'x-api-key': apiKey },
    body: new URLSearchParams(parameters).toString(),
  });

describe.runIf(operator !== undefined)('a leaked key', () => {
  it('is followed from its login to its end, through what was made of its token, and what all of that cost', async () => {
    const [leaked, shop, auditor] = await Promise.all([
      service('read:products read:usage'),
      service('read:products', EXCHANGE),
      service('read:usage:all'),
    ]);
    const token = await login(leaked.apiKey);
    await call('GET /products/lamp', { headers: bearer(token) });
    const exchanged = await post('/oauth2/token', shop.apiKey, {
      ...{ grant_type: EXCHANGE, subject_token: token },
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    });
    const child = String(exchanged.json().access_token);
    await call('GET /products/lamp', { headers: bearer(child) });
    await post('/oauth2/revoke', leaked.apiKey, { token });
    for (const ended of [token, child]) {
      expect((await call('GET /products/lamp', { headers: bearer(ended) })).status).toBe(401);
    }

    const { jti, txn } = claimsOf(token);
    const told = (of: string, asker: string) => call(`GET ${of}`, { headers: bearer(asker) });
    const own = await login(leaked.apiKey);
    const lineage = (await told(`/usage/tokens/${claimsOf(child).jti}`, own)).json();
    expect(lineage).toMatchObject({
      ...{ sub: leaked.clientId, client_id: shop.clientId, txn },
      origin: { kind: 'exchanged', jti },
      revoked: { reason: 'client_request', target: { kind: 'token', id: jti }, inherited: true },
      total: { calls: 3, refused: 1, cost_micro_dollars: 150, complete: true },
      calls: [
        { route: 'POST /oauth2/token', status: 200 },
        { route: 'GET /products/{name}', status: 200, cost: '0.000050' },
        { route: 'GET /products/{name}', status: 401, outcome: 'refused', cost: '0.000000' },
      ],
    });
    const stranger = await login((await service('read:usage')).apiKey);
    expect((await told(`/usage/tokens/${jti}`, stranger)).status).toBe(404);

    const found = await run({
      ...{ AUDITOR_KEY: auditor.apiKey, CLIENT: leaked.clientId },
      CREDENTIAL: leaked.apiKey.split('_')[2] ?? '',
    });
    const [sums, ...lines] = found.trim().split('\n');
    expect(sums).toBe('2 tokens, 5 calls, $0.000250');
    expect(lines.slice(0, 3).map((line) => line.split(' ').slice(2).join(' '))).toEqual([
      '200 POST /auth 0.000100',
      '200 GET /products/{name} 0.000050',
      '401 GET /products/{name} 0.000000',
    ]);
    expect(JSON.parse(lines[3] ?? '')).toMatchObject({ reason: 'client_request', inherited: false });
    const transaction = JSON.parse(lines[4] ?? '') as { tokens: { jti: string }[] };
    expect(transaction.tokens.map((one) => one.jti)).toEqual([claimsOf(child).jti, jti]);
  });

  it('404 for others, whatever the id is; an issuer’s name goes through the gateway if it is encoded twice', async () => {
    const headers = bearer(await login((await service('read:usage')).apiKey));
    const issuer = encodeURIComponent(encodeURIComponent('https://issuer.example/a%20b'));
    for (const of of ['tokens/a%23b', 'tokens/%25', 'transactions/x%00', `credentials/${issuer}`]) {
      const answer = await call(`GET /usage/${of}`, { headers });
      expect([of, answer.status, answer.json().code]).toEqual([of, 404, 'not_found']);
    }
  });
});

/** Runs what the page says to copy, in a folder of its own. */
async function run(environment: Record<string, string>): Promise<string> {
  const cwd = mkdtempSync(join(tmpdir(), 'tollgate-lineage-'));
  try {
    const env = { ...process.env, URL: url, ...environment };
    return (await promisify(execFile)('sh', ['-c', script], { cwd, env })).stdout;
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}
