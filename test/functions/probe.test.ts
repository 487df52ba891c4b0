import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createProbe } from '../../lambdas/functions/probe/handler.ts';
import { testClock } from '../support/clock.ts';

type Answer = (response: ServerResponse, issuer: string) => void;

const DISCOVERY = '/.well-known/openid-configuration';
const JWKS = '/.well-known/jwks.json';

const json =
  (body: (issuer: string) => unknown, status = 200): Answer =>
  (response, issuer) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body(issuer)));
  };
const discovery = json((issuer) => ({ issuer, jwks_uri: `${issuer}${JWKS}` }));
const keys = json(() => ({ keys: [{ kty: 'RSA', kid: 'a' }] }));

let server: Server | undefined;
afterEach(() => server?.close());

/** A server that gives the answers of a path one after the other, and the last one for ever. */
async function issuerThatAnswers(answers: Record<string, Answer[]>) {
  const asked: string[] = [];
  const queues = new Map(Object.entries(answers).map(([path, queue]) => [path, [...queue]]));
  server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const queue = queues.get(path) ?? [];
    const answer = queue.length > 1 ? queue.shift() : queue[0];
    if (answer === undefined) response.writeHead(404).end('{"message":"Not Found"}');
    else answer(response, issuer);
  });
  await new Promise<void>((listening) => server?.listen(0, '127.0.0.1', listening));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { issuer, asked };
}

function probe(issuer: string) {
  const clock = testClock();
  const start = clock();
  const sleep = async (milliseconds: number) => clock.advance(milliseconds);
  return { run: createProbe({ issuer, fetch, clock, sleep }), elapsed: () => clock() - start };
}

describe('the probe of a deployment', () => {
  it('ends at once where the issuer answers', async () => {
    const { issuer, asked } = await issuerThatAnswers({ [DISCOVERY]: [discovery], [JWKS]: [keys] });
    const { run, elapsed } = probe(issuer);
    await run();
    expect(asked).toEqual([DISCOVERY, JWKS]);
    expect(elapsed()).toBe(0);
  });

  it('asks again each second until both documents are right', async () => {
    const { issuer } = await issuerThatAnswers({
      [DISCOVERY]: [json(() => ({ message: 'Not Found' }), 404), json(() => ({}), 503), discovery],
      [JWKS]: [json(() => ({ keys: [] })), keys],
    });
    const { run, elapsed } = probe(issuer);
    await run();
    expect(elapsed()).toBe(3000);
  });

  it('does not wait longer for an answer than API Gateway does', async () => {
    let late = true;
    const { issuer } = await issuerThatAnswers({
      [DISCOVERY]: [
        (response, issuer) => {
          if (late) setTimeout(() => discovery(response, issuer), 2000);
          else discovery(response, issuer);
          late = false;
        },
      ],
      [JWKS]: [keys],
    });
    const { run, elapsed } = probe(issuer);
    await run();
    expect(elapsed()).toBe(1000);
  });

  describe('gives up after a minute and says why', () => {
    it.each<[string, Record<string, Answer[]>, RegExp]>([
      ['no such route', {}, /openid-configuration: status 404$/],
      [
        'another issuer',
        { [DISCOVERY]: [json((issuer) => ({ issuer: `${issuer}/`, jwks_uri: `${issuer}${JWKS}` }))] },
        /issuer is not http:\/\/127\.0\.0\.1:\d+$/,
      ],
      ['no jwks_uri', { [DISCOVERY]: [json((issuer) => ({ issuer }))] }, /has no jwks_uri$/],
      ['not JSON', { [DISCOVERY]: [(response) => response.end('<html>')] }, /JSON/],
      ['JSON, but no object', { [DISCOVERY]: [json(() => null)] }, /not a JSON object$/],
      [
        'no keys',
        { [DISCOVERY]: [discovery], [JWKS]: [json(() => ({ keys: [] }))] },
        /jwks\.json has no keys$/,
      ],
      [
        'a redirection, which API Gateway would not follow',
        { [DISCOVERY]: [(response) => response.writeHead(302, { location: '/elsewhere' }).end()] },
        /redirect/,
      ],
    ])('%s', async (_, answers, reason) => {
      const { issuer } = await issuerThatAnswers(answers);
      const { run, elapsed } = probe(issuer);
      await expect(run()).rejects.toThrow(reason);
      expect(elapsed()).toBeGreaterThanOrEqual(59_000);
    });

    it('nobody there', async () => {
      const { issuer } = await issuerThatAnswers({});
      await new Promise((closed) => server?.close(closed));
      await expect(probe(issuer).run()).rejects.toThrow(/ECONNREFUSED/);
    });
  });
});
