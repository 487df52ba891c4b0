import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mintApiKey } from '../../lambdas/domain/secret-format.ts';
import { testRandom } from '../support/clock.ts';
import { type OperatorApi, operator, startOperatorApi } from './operator-api.ts';
import { type Workplace, workplace } from './tollgate.ts';

const apiKey = mintApiKey('reader', 'a1b2c3d4', testRandom(1));
const token = ['e30', 'e30', 'c2ln'].join('.');
const answer = { access_token: token, token_type: 'Bearer', expires_in: 900, scope: 'read:products' };

let api: OperatorApi;
let place: Workplace;
beforeAll(async () => {
  [api, place] = await Promise.all([startOperatorApi(), workplace()]);
  const clients = {
    reader: { clientId: 'reader', clientSecret: 'not-used', apiKey },
    alice: { clientId: 'alice-1', password: 'open sesame: ä' },
  };
  await place.local({ url: api.url, clients, aws: { ...operator, endpoints: {} } });
});
beforeEach(() => {
  api.answer(500, '');
  api.answerTo('POST /auth', 200, answer);
  api.take();
});
afterAll(() => Promise.all([api.close(), place.remove()]));

const local = (args: readonly string[], env: Record<string, string> = {}) =>
  place.runHere([...args, '--local'], env);
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('tollgate login', () => {
  it('prints the token alone where it is no terminal, of the first demo client, and says whose it is', async () => {
    const stderr = 'As the demo client reader; --client names another.\n';
    expect(await local(['login'])).toEqual({ code: 0, stdout: `${token}\n`, stderr });
    const [seen] = api.take();
    expect(seen).toMatchObject({ method: 'POST', path: '/auth', body: '' });
    expect(seen?.headers).toMatchObject({ 'x-api-key': apiKey });
    expect(seen?.headers.authorization).toBeUndefined();
  });

  it.each([
    ['its name', 'alice'],
    ['its id', 'alice-1'],
  ])('knows a demo client by %s, and its password', async (_, client) => {
    await local(['login', '--client', client]);
    expect(api.take()[0]?.headers.authorization).toBe(basic('alice-1:open sesame: ä'));
  });

  it('asks for what it is told, and with --json hands on the answer', async () => {
    const terms = ['--scope', 'a', '--scope', 'b', '--claim', 'x=1=2', '--claim', 'y=', '--expires-in', '5m'];
    const { stdout } = await local(['login', ...terms, '--json']);
    expect(JSON.parse(stdout)).toEqual(answer);
    const body = { scope: 'a b', claims: { x: '1=2', y: '' }, expiresIn: 300 };
    expect(JSON.parse(api.take()[0]?.body ?? '')).toEqual(body);
  });

  it.each([
    ['an API key, which names its client', { TOLLGATE_API_KEY: apiKey }, [], { 'x-api-key': apiKey }],
    [
      'a secret of the client that is named',
      { TOLLGATE_CLIENT_SECRET: 's:1' },
      ['--client', 'ci'],
      { authorization: basic('ci:s:1') },
    ],
  ])('takes from the environment %s', async (_, env, args, headers) => {
    const { code } = await place.runHere(['login', '--url', `${api.url}/`, ...args], env);
    expect(code).toBe(0);
    expect(api.take()[0]).toMatchObject({ path: '/auth', headers });
  });
});

describe('tollgate login: 1, refused', () => {
  it.each([
    [401, 'invalid_client', /client authentication failed[\s\S]*clients show/],
    [400, 'invalid_scope', /clients show/],
    [429, 'too_many_attempts', /Wait/],
    [429, 'budget_exhausted', /budgets set/],
  ])('%i %s', async (status, error, says) => {
    api.answerTo('POST /auth', status, { error, error_description: 'client authentication failed' });
    const { code, stdout, stderr } = await local(['login']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`(${error})`);
    expect(stderr).toMatch(says);
  });

  it('by what is no Tollgate, prints nothing of it as a token', async () => {
    api.answerTo('POST /auth', 200, { access_token: '\u001b[2Jgotcha', expires_in: 1 });
    expect(await local(['login'])).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('tollgate login: 2, and nothing is sent', () => {
  it.each([
    ['a secret on the command line', ['login', 'hunter2', '--local'], {}, /stood on the command line/],
    [
      'an API key of another client',
      ['login', '--local', '--client', 'ci'],
      { TOLLGATE_API_KEY: apiKey },
      /not one of/,
    ],
    ['a secret of nobody', ['login', '--local'], { TOLLGATE_CLIENT_SECRET: 'x' }, /who logs in/],
    ['a secret of several lines', ['login', '--local'], { TOLLGATE_API_KEY: 'a\nb' }, /line breaks/],
    ['an empty one', ['login', '--local'], { TOLLGATE_API_KEY: '' }, /There is no secret/],
    ['two deployments', ['login', '--local', '--url', 'http://x'], {}, /--url and --local/],
    ['none', ['login'], {}, /not said which deployment/],
    ['a claim without a value', ['login', '--local', '--claim', 'x'], {}, /name and a value/],
  ])('%s', async (_, args, env, says) => {
    const { code, stdout, stderr } = await place.runHere(args, env);
    expect({ code, stdout, seen: api.take() }).toEqual({ code: 2, stdout: '', seen: [] });
    expect(stderr).toMatch(says);
    expect(stderr).not.toContain('hunter2');
  });
});

describe('tollgate login -', () => {
  it('reads the secret of the standard input, and of it one line', async () => {
    const command = fileURLToPath(new URL('../../bin/tollgate.mjs', import.meta.url));
    const args = [command, 'login', '-', '--url', api.url];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.end(`${apiKey}\n`);
    let stdout = '';
    for await (const chunk of child.stdout.setEncoding('utf8')) stdout += chunk;
    expect(stdout).toBe(`${token}\n`);
    expect(api.take()[0]?.headers['x-api-key']).toBe(apiKey);
  });
});

describe('tollgate call', () => {
  const GET = ['call', 'get', '/products/lamp?x=1'];

  it('0: logs in for a minute, calls, and prints the body as it is', async () => {
    api.answerTo('GET /products/lamp?x=1', 200, '{"name": "lamp"}');
    expect(await local(GET)).toMatchObject({ code: 0, stdout: '{"name": "lamp"}' });
    const [login, call] = api.take();
    expect(JSON.parse(login?.body ?? '')).toEqual({ expiresIn: 60 });
    expect(call?.headers.authorization).toBe(`Bearer ${token}`);
  });

  it('0: sends headers and a body, and prints status and headers with --include', async () => {
    api.answerTo('POST /products', 201, 'made', { 'x-note': 'yes' });
    const data = ['--data', '{"name":"lamp"}', '-H', 'Content-Type: text/plain', '-H', 'x-a: 1', '-i'];
    const { code, stdout } = await local(['call', 'POST', '/products', ...data]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^HTTP\/1\.1 201 Created\n[\s\S]*x-note: yes\n\nmade$/);
    expect(api.take()[1]).toMatchObject({
      body: '{"name":"lamp"}',
      headers: { 'content-type': 'text/plain', 'x-a': '1' },
    });
  });

  it('0: takes the token of TOLLGATE_TOKEN, and does not log in', async () => {
    api.answerTo('GET /products/lamp?x=1', 200, '{}');
    const own = ['e30', 'e30', 'b3du'].join('.');
    expect(await local(GET, { TOLLGATE_TOKEN: `${own}\n` })).toMatchObject({ code: 0 });
    expect(api.take().map(({ headers }) => headers.authorization)).toEqual([`Bearer ${own}`]);
  });

  it.each([
    [401, { 'www-authenticate': 'Bearer error="invalid_token"' }, /not taken: Bearer error/],
    [403, {}, /clients show/],
    [503, { 'retry-after': '5' }, /in 5 s/],
    [500, {}, /log/],
  ])('1: prints the body of a %i all the same, and says what to do', async (status, headers, says) => {
    api.answerTo('GET /products/lamp?x=1', status, '{"code":"why"}', headers as Record<string, string>);
    const { code, stdout, stderr } = await local(GET);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '{"code":"why"}' });
    expect(stderr).toContain(`was answered ${status}`);
    expect(stderr).toMatch(says);
  });

  it('3: follows no redirect, which would take the token elsewhere', async () => {
    api.answerTo('GET /products/lamp?x=1', 302, '', { location: 'http://127.0.0.1:46/' });
    expect(await local(GET)).toMatchObject({ code: 3, stdout: '' });
  });

  it.each([
    ['another address', ['call', 'GET', 'https://example.com/'], /has to be a path/],
    ['a path with a line break', ['call', 'GET', '/a\r\nb'], /has to be a path/],
    ['a method that is none', ['call', 'FETCH', '/a'], /one of GET/],
    ['a body of a GET', ['call', 'GET', '/a', '--data', 'x'], /GET has no body/],
    ['a token on the command line', [...GET, '-H', 'Authorization: Bearer hunter2'], /sent nowhere/],
    ['a header that would make two', [...GET, '-H', 'a: b\r\nc: d'], /name and a value/],
    ['a file that is none', ['call', 'POST', '/a', '--data', '@none.json'], /none\.json cannot be read/],
  ])('2: refuses %s', async (_, args, says) => {
    const { code, stderr } = await local(args);
    expect({ code, seen: api.take() }).toEqual({ code: 2, seen: [] });
    expect(stderr).toMatch(says);
    expect(stderr).not.toContain('hunter2');
  });
});

describe('tollgate open', () => {
  it('prints the address where there is no terminal', async () => {
    expect(await local(['open'])).toEqual({ code: 0, stdout: `${api.url}/docs\n`, stderr: '' });
  });
});
