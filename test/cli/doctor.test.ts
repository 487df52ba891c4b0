/** The command as it is run: what it prints where, and how it ends. */
import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deploymentForEach, json } from './deployment.ts';
import { operator } from './operator-api.ts';
import { type Workplace, workplace } from './tollgate.ts';

const sick = deploymentForEach();
let place: Workplace;
beforeAll(async () => {
  place = await workplace();
});
afterAll(() => place.remove());

describe('tollgate doctor: 0, all is well', () => {
  it('says so in sentences, without colours in a pipe, and with nothing on stderr', async () => {
    const { code, stdout, stderr } = await place.run(['doctor', '--url', `${sick.it.url}/`]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\n\nConnection\n {2}✓ http/);
    expect(stdout).toContain('\n\nProtected routes\n  ✓ Looked at GET /protected-resource, ');
    expect(stdout).toMatch(/\n\n\d+ ok, 0 warnings, 0 failed, 1 skipped\n$/);
    expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  it('takes the local runner, routes of yours, and a token from the environment', async () => {
    await place.local({ url: sick.it.url, clients: {}, aws: operator });
    sick.it.break('DELETE /orders/tollgate-doctor', (_, response) =>
      json(response, 401, {}, { 'www-authenticate': 'Bearer' }),
    );
    const args = ['doctor', '--local', '--json', '--token', '--route', 'DELETE /orders/{id}'];
    const { code, stdout, stderr } = await place.runHere(args, { TOLLGATE_TOKEN: await sick.it.token() });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { checks, ...rest } = JSON.parse(stdout);
    expect(rest).toMatchObject({ url: sick.it.url, ok: true, counts: { warning: 0, failed: 0 } });
    const routes = checks.find(({ id }: { id: string }) => id === 'protected.routes');
    expect(routes).toEqual({
      group: 'Protected routes',
      id: 'protected.routes',
      status: 'ok',
      says: expect.stringContaining('DELETE /orders/{id}'),
    });
    expect(checks).toContainEqual(expect.objectContaining({ id: 'token.signature', status: 'ok' }));
  });

  it('takes a token from the standard input', async () => {
    const command = fileURLToPath(new URL('../../bin/tollgate.mjs', import.meta.url));
    const args = [command, 'doctor', '--url', sick.it.url, '--token'];
    const child = spawn(process.execPath, args, { cwd: place.folder, stdio: ['pipe', 'pipe', 'ignore'] });
    child.stdin.end(`Bearer ${await sick.it.token()}\n`);
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    expect(await new Promise((ended) => child.on('close', ended))).toBe(0);
    expect(Buffer.concat(output).toString()).toContain('The published key verifies your token.');
  });
});

describe('tollgate doctor: 1, a check failed', () => {
  it('says what, and what to do below it', async () => {
    sick.it.keys = sick.it.keys.map((key) => ({ ...key, d: 'AQAB' }));
    const { code, stdout, stderr } = await place.run(['doctor', '--url', sick.it.url]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/\n {2}✘ The PRIVATE half of a key is published: .*\n {4}Anyone can sign/);
    expect(stdout).toMatch(/ok, 0 warnings, 1 failed, 1 skipped\n$/);
    expect(stderr).toMatch(/^error: 1 of \d+ checks of http\S+ failed\.\nWhat to do/);
  });

  it('as JSON too', async () => {
    sick.it.break('GET /usage', (_, response) => json(response, 200, {}));
    const { code, stdout } = await place.runHere(['doctor', '--url', sick.it.url, '--json']);
    expect(code).toBe(1);
    const { ok, counts, checks } = JSON.parse(stdout);
    expect({ ok, failed: counts.failed }).toEqual({ ok: false, failed: 1 });
    expect(checks).toContainEqual({
      group: 'Protected routes',
      id: 'protected.no-token',
      status: 'failed',
      says: expect.stringContaining('GET /usage answers 200'),
      next: expect.any(String),
    });
  });
});

describe('tollgate doctor: 2, used in a way it cannot be', () => {
  const url = 'https://api.example.com';
  it.each([
    ['no deployment', [], /which deployment[\s\S]*--url <url>, --stack <name> or --local/],
    ['two', ['--url', url, '--local'], /--url and --local/],
    ['no web address', ['--url', 'file:///etc/passwd'], /http or https URL/],
    ['a route without a method', ['--url', url, '--route', '/orders'], /a method and a path/],
    ['no token', ['--url', url, '--token'], /That is no token/],
  ])('%s', async (_, args, says) => {
    const { code, stdout, stderr } = await place.runHere(['doctor', ...args], { TOLLGATE_TOKEN: 'x' });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
  });
});

it('tollgate doctor: 3, not reachable, in both forms', async () => {
  const { code, stdout, stderr } = await place.runHere(['doctor', '--url', 'http://127.0.0.1:9', '--json']);
  expect(code).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, checks: [{ id: 'reachable', status: 'failed' }] });
  expect(stderr).toMatch(/^error: http:\/\/127\.0\.0\.1:9 did not answer: .+\nCheck the address/);
});

describe('tollgate doctor --stack', () => {
  let aws: Server;
  let listed: Record<string, string>[] | undefined;
  beforeAll(async () => {
    aws = createServer(async (request, response) => {
      if (request.url?.startsWith('/v2/apis/abc123/routes')) {
        if (listed === undefined) return void json(response, 403, { message: 'not authorized' });
        const Items = listed.map(({ key, type }) => ({ routeKey: key, authorizationType: type }));
        const second = request.url.includes('nextToken');
        const half = second ? Items.slice(2) : Items.slice(0, 2);
        return void json(response, 200, { items: half, ...(!second && { nextToken: 'more' }) });
      }
      let body = '';
      for await (const chunk of request) body += chunk;
      response.end(body.includes('ListStackResources') ? RESOURCES : stackAt(sick.it.url));
    });
    await new Promise<void>((listening) => aws.listen(0, '127.0.0.1', listening));
  });
  afterAll(() => new Promise((closed) => aws.close(closed)));

  const look = async () => {
    const { code, stdout, stderr } = await place.runHere(['doctor', '--stack', 'Tollgate-dev', '--json'], {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(aws.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: operator.accessKeyId,
      AWS_SECRET_ACCESS_KEY: operator.secretAccessKey,
      AWS_REGION: operator.region,
    });
    const checks = JSON.parse(stdout).checks as { id: string; says: string; status: string }[];
    return { code, stderr, says: (id: string) => checks.find((check) => check.id === id)?.says };
  };

  it('looks at the routes that the stack has, also those that Tollgate does not know', async () => {
    listed = [
      { key: 'POST /auth', type: 'NONE' },
      { key: 'GET /usage', type: 'NONE' },
      { key: 'GET /orders/{id}', type: 'JWT' },
      { key: 'GET /status', type: 'NONE' },
      { key: 'GET /partners', type: 'CUSTOM' },
    ];
    const { code, says } = await look();
    expect(code).toBe(1);
    expect(says('protected.routes')).toBe('Looked at GET /usage, GET /orders/{id}.');
    expect(says('protected.no-token')).toContain('GET /orders/{id} answers 404');
    expect(says('open.routes')).toBe('Open to anyone: GET /status.');
    expect(says('open.other')).toContain('GET /partners');
  });

  it("looks at Tollgate's own where they cannot be listed, and says so", async () => {
    listed = undefined;
    const { code, says } = await look();
    expect(code).toBe(0);
    expect(says('stack.routes')).toContain('not authorized');
    expect(says('protected.routes')).toContain('GET /protected-resource');
  });
});

const RESOURCES = `<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries><member>
  <ResourceType>AWS::ApiGatewayV2::Api</ResourceType><PhysicalResourceId>abc123</PhysicalResourceId>
  </member></StackResourceSummaries></ListStackResourcesResult></ListStackResourcesResponse>`;

const stackAt = (
  url: string,
) => `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><Outputs><member>
  <OutputKey>ApiUrl</OutputKey><OutputValue>${url}</OutputValue>
  </member></Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
