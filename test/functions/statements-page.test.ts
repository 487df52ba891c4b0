/** What docs/statements.md says to copy is run as it stands there, against a server that has a statement and its keys. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { exportJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rsaKey } from '../support/rsa.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

let page: string;
let server: Server;
let folder: string;
let url: string;
/** What the next statement differs in from a right one. */
let changes: Record<string, unknown> = {};
let typ = 'usage-statement+jwt';

beforeAll(async () => {
  page = await readFile(join(root, 'docs/statements.md'), 'utf8');
  folder = await mkdtemp(join(tmpdir(), 'tollgate-statements-'));
  // For `import 'jose'`, which is looked for beside the script.
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  const { publicKey, privateKey } = await rsaKey('own');
  const key = { ...(await exportJWK(publicKey)), kid: 'key-1', alg: 'RS256', use: 'sig' };
  server = createServer(async (request, response) => {
    if (request.url === '/.well-known/jwks.json') return response.end(JSON.stringify({ keys: [key] }));
    const isRight = request.url === '/usage/statements/2026-10' && request.headers.authorization === BASIC;
    if (!isRight) return response.writeHead(400).end();
    const claims = { iss: url, sub: 'shop', iat: Math.floor(Date.now() / 1000), ...SAYS, ...changes };
    const jwt = new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ, kid: 'key-1' });
    return response.end(await jwt.sign(privateKey));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((closed) => server.close(closed));
  await rm(folder, { recursive: true });
});

const BASIC = `Basic ${Buffer.from('shop:secret').toString('base64')}`;
const SAYS = {
  period: { from: '2026-10-01T00:00:00.000Z', to: '2026-11-01T00:00:00.000Z' },
  total: { calls: 12, cost: '1.000050' },
};
const TOLD = '12 1.000050\n';

const examples = (language: string): string[] =>
  [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].flatMap(([, tag, code = '']) =>
    tag === language ? [code] : [],
  );

const output = async (command: string, ...parameters: string[]): Promise<string> => {
  const variables = { URL: url, CLIENT_ID: 'shop', CLIENT_SECRET: 'secret', MONTH: '2026-10' };
  return (await run(command, parameters, { cwd: folder, env: { ...process.env, ...variables } })).stdout;
};
const fetched = async (script: string | undefined) => output('sh', '-c', script ?? 'exit 1');
const node = (script = '') => output(process.execPath, '--input-type=module', '--eval', script);

const hasPyJwt = spawnSync('python3', ['-c', 'import jwt.algorithms, cryptography']).status === 0;

it('each way of verifying takes the right one, and no token, no other client, month or issuer', async () => {
  const [statement, keys] = examples('sh');
  const [withJose, withNothing] = examples('js');
  const ways = [() => node(withJose), () => node(withNothing)];
  if (hasPyJwt) ways.push(() => output('python3', '-c', examples('python')[0] ?? ''));
  await Promise.all([fetched(statement), fetched(keys)]);
  for (const said of await Promise.all(ways.map((way) => way()))) expect(said).toBe(TOLD);

  const wrong: [string, Record<string, unknown>][] = [
    ['at+jwt', {}],
    [
      typ,
      { sub: 'another', iss: 'https://elsewhere.example', period: { ...SAYS.period, from: '2026-09-01' } },
    ],
  ];
  for (const [type, claims] of wrong) {
    [typ, changes] = [type, claims];
    await fetched(statement);
    const said = await Promise.allSettled(ways.map((way) => way()));
    expect(said.map(({ status }) => status)).toEqual(ways.map(() => 'rejected'));
  }
});
