/**
 * The tour, `npm run demo`: what Tollgate does, as HTTP requests against the local runner. Each step prints what
 * was sent and what came back, and says what it expected. Starts a runner where none is up.
 *
 * Exits with 0 if every answer was the expected one, 1 otherwise.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pc from 'picocolors';

const CONTRACT = '.tollgate/local.json';
const START_TIMEOUT = 180_000;

interface Contract {
  url: string;
  clients: Record<
    'reader' | 'writer' | 'alice',
    { clientId: string; clientSecret: string; apiKey: string; password: string }
  >;
}

interface Answer {
  status: number;
  headers: Headers;
  /** The body, parsed where it is JSON. */
  body: unknown;
}

interface Step {
  title: string;
  request: [method: string, path: string, headers?: Record<string, string>, body?: string];
  expect: (answer: Answer) => boolean;
  expected: string;
}

const { contract, stop } = await runner();
const outcomes: boolean[] = [];
try {
  await tour(contract);
} catch (error) {
  console.error(pc.red(`\nThe tour broke off: ${(error as Error).message}`));
  outcomes.push(false);
} finally {
  await stop();
}
const failures = outcomes.filter((passed) => !passed).length;
console.log(
  failures === 0
    ? pc.green(`\nAll ${outcomes.length} answers were the expected ones.`)
    : pc.red(`\n${failures} of ${outcomes.length} answers were not the expected ones.`),
);
process.exitCode = failures === 0 ? 0 : 1;

async function tour({ clients: { reader, writer, alice } }: Contract): Promise<void> {
  chapter('Log in');
  const login = await step({
    title: 'reader logs in with its API key; the token comes in the header and in the body',
    request: ['POST', '/auth', { 'x-api-key': reader.apiKey }],
    expect: (answer) =>
      answer.status === 200 &&
      answer.headers.get('authorization') === `Bearer ${field(answer, 'access_token')}`,
    expected: '200, Authorization: Bearer …',
  });
  const readerToken = { authorization: `Bearer ${field(login, 'access_token')}` };
  const narrow = await step({
    title: 'writer logs in with Basic, asks for one scope, five minutes and a claim of its own',
    request: [
      'POST',
      '/auth',
      { authorization: basic(writer.clientId, writer.clientSecret), 'content-type': 'application/json' },
      '{"scope": "write:products", "claims": {"userID": "42"}, "expiresIn": 300}',
    ],
    expect: (answer) =>
      answer.status === 200 &&
      field(answer, 'scope') === 'write:products' &&
      field(answer, 'expires_in') === 300,
    expected: '200, that scope, 300 seconds',
  });
  const writerToken = { authorization: `Bearer ${field(narrow, 'access_token')}` };
  const user = await step({
    title: 'alice, a user, logs in with her password',
    request: ['POST', '/auth', { authorization: basic(alice.clientId, alice.password) }],
    expect: (answer) => answer.status === 200,
    expected: '200',
  });
  const aliceToken = { authorization: `Bearer ${field(user, 'access_token')}` };
  await step({
    title: 'a wrong secret is told nothing, not even whether the client exists',
    request: ['POST', '/auth', { authorization: basic(reader.clientId, 'not-the-secret') }],
    expect: (answer) => answer.status === 401 && field(answer, 'error') === 'invalid_client',
    expected: '401 invalid_client',
  });

  chapter('Call');
  await step({
    title: 'without a token the gateway refuses, before any code runs',
    request: ['GET', '/products/lamp'],
    expect: (answer) => answer.status === 401 && answer.headers.has('www-authenticate'),
    expected: '401, WWW-Authenticate',
  });
  await step({
    title: 'with a token that has read:products the product comes',
    request: ['GET', '/products/lamp', readerToken],
    expect: (answer) => answer.status === 200,
    expected: '200',
  });
  await step({
    title: 'a token without write:products may not create one',
    request: [
      'POST',
      '/products',
      { ...readerToken, 'content-type': 'application/json' },
      '{"name": "vase", "price": 19000000}',
    ],
    expect: (answer) => answer.status === 403,
    expected: '403 from the gateway',
  });
  await step({
    title: 'a token with it may',
    request: [
      'POST',
      '/products',
      { ...writerToken, 'content-type': 'application/json' },
      '{"name": "vase", "price": 19000000}',
    ],
    expect: (answer) => answer.status === 201,
    expected: '201',
  });
  await step({
    title: 'who is calling? The claims, and the transaction id of the login',
    request: ['GET', '/protected-resource', writerToken],
    expect: (answer) => answer.status === 200 && field(answer, 'txn') === field(narrow, 'transaction_id'),
    expected: '200, txn = transaction_id of the login',
  });

  chapter('A rule over claims');
  await step({
    title: 'alice reads her own profile',
    request: ['GET', `/users/${alice.clientId}/profile`, aliceToken],
    expect: (answer) => answer.status === 200,
    expected: '200',
  });
  await step({
    title: "alice does not read bob's",
    request: ['GET', '/users/bob/profile', aliceToken],
    expect: (answer) => answer.status === 403 && field(answer, 'code') === 'not_the_owner',
    expected: '403 not_the_owner',
  });

  chapter('Revoke');
  await step({
    title: 'reader revokes its token (RFC 7009)',
    request: [
      'POST',
      '/oauth2/revoke',
      {
        authorization: basic(reader.clientId, reader.clientSecret),
        'content-type': 'application/x-www-form-urlencoded',
      },
      new URLSearchParams({ token: String(field(login, 'access_token')) }).toString(),
    ],
    expect: (answer) => answer.status === 200,
    expected: '200',
  });
  await step({
    title: 'the very next call is refused, although the token has not expired',
    request: ['GET', '/products/lamp', readerToken],
    expect: (answer) =>
      answer.status === 401 && /error="invalid_token"/.test(answer.headers.get('www-authenticate') ?? ''),
    expected: '401 Bearer error="invalid_token"',
  });

  chapter('What it cost');
  const again = await step({
    title: 'reader logs in once more, to see its calls',
    request: ['POST', '/auth', { 'x-api-key': reader.apiKey }],
    expect: (answer) => answer.status === 200,
    expected: '200',
  });
  await step({
    title: 'calls and cost as User, API endpoint, Date, Calls, Cost',
    request: ['GET', '/usage?format=csv', { authorization: `Bearer ${field(again, 'access_token')}` }],
    expect: (answer) =>
      answer.status === 200 &&
      /^User,API endpoint,Date,Calls,Cost\r?\n[\s\S]*GET \/products\/\{name\}/.test(String(answer.body)),
    expected: '200, a table with GET /products/{name} in it',
  });
}

function chapter(title: string): void {
  console.log(`\n${pc.bold(title)}`);
}

async function step({ title, request, expect, expected }: Step): Promise<Answer> {
  const [method, path, headers = {}, body] = request;
  console.log(`\n  ${pc.cyan(title)}`);
  console.log(`    ${pc.bold(`${method} ${path}`)}`);
  for (const [name, value] of Object.entries(headers))
    console.log(pc.dim(`    ${name}: ${shortened(value)}`));
  if (body !== undefined) console.log(pc.dim(`    ${shortened(body)}`));
  const answer = await send(method, path, headers, body);
  const passed = expect(answer);
  outcomes.push(passed);
  console.log(
    `    ${passed ? pc.green('✔') : pc.red('✘')} ${answer.status}${passed ? '' : pc.red(`, expected ${expected}`)}`,
  );
  for (const name of ['authorization', 'www-authenticate', 'location']) {
    const value = answer.headers.get(name);
    if (value !== null) console.log(`      ${name}: ${shortened(value)}`);
  }
  const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body, undefined, 2);
  for (const line of text.trimEnd().split(/\r?\n/)) console.log(`      ${shortened(line)}`);
  return answer;
}

async function send(
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<Answer> {
  const response = await fetch(contract.url + path, {
    method,
    headers,
    signal: AbortSignal.timeout(30_000),
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

function basic(user: string, secret: string): string {
  return `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
}

function field(answer: Answer, name: string): unknown {
  return (answer.body as Record<string, unknown> | undefined)?.[name];
}

/** Tokens and secrets are long and say nothing: their beginning is enough to recognise them. */
function shortened(text: string): string {
  return text
    .replace(/[\w.-]{48,}/g, (long) => `${long.slice(0, 16)}…`)
    .replace(/(Basic [\w+/]{8})[\w+/=]+/, '$1…');
}

/** The runner that is up, or one of our own that is stopped again at the end. */
async function runner(): Promise<{ contract: Contract; stop: () => Promise<void> }> {
  const running = await reachable();
  if (running !== undefined) {
    console.log(`Using the runner at ${running.url}.`);
    return { contract: running, stop: async () => undefined };
  }
  console.log('No runner is up; starting one (npm run local). The first start bundles the functions …');
  const child = spawn(process.execPath, ['--import', 'tsx', 'bin/local.ts', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output: string[] = [];
  child.stdout.on('data', (chunk) => {
    output.push(String(chunk));
    for (const line of String(chunk).split('\n')) if (/^\S*✓/.test(line)) console.log(`  ${line}`);
  });
  process.once('SIGINT', () => child.kill('SIGINT'));
  const started = Date.now();
  while (Date.now() - started < START_TIMEOUT && child.exitCode === null) {
    const contract = await reachable();
    if (contract !== undefined) {
      console.log(`Started ${contract.url} after ${Math.round((Date.now() - started) / 1000)} s.`);
      return { contract, stop: () => ended(child) };
    }
    await sleep(200);
  }
  console.error(output.join(''));
  await ended(child);
  console.error('The runner did not start; its output is above.');
  process.exit(1);
}

async function reachable(): Promise<Contract | undefined> {
  if (!existsSync(CONTRACT)) return undefined;
  try {
    const contract = JSON.parse(readFileSync(CONTRACT, 'utf8')) as Contract;
    const answer = await fetch(`${contract.url}/.well-known/jwks.json`, {
      signal: AbortSignal.timeout(2000),
    });
    return answer.ok ? contract : undefined;
  } catch {
    return undefined;
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  await exit;
}
