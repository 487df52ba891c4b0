/** Servers that mean no good, and clocks and headers that are off. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkDiscovery } from '../../cli/doctor/discovery.ts';
import type { Patient } from '../../cli/doctor/examine.ts';
import { checkKeys, usableKeys } from '../../cli/doctor/keys.ts';
import { readToken } from '../../cli/doctor/token.ts';
import { deploymentForEach, diagnose, notOk } from './deployment.ts';

const OPENID = 'GET /.well-known/openid-configuration';
const JWKS = 'GET /.well-known/jwks.json';

const sick = deploymentForEach();
const diagnosis = async (changes?: Partial<Patient>) => notOk(await diagnose(sick.it, changes));

describe('a hostile server', () => {
  it('that never ends its answer is left', async () => {
    sick.it.break(OPENID, (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    });
    const started = performance.now();
    const checks = await diagnose(sick.it, {}, { timeout: 300, total: 5000 });
    expect(notOk(checks)).toEqual(['reachable failed']);
    expect(checks[0]?.says).toContain('no whole answer within 0.3 s');
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('that is slow everywhere is left when the time of the whole is over', async () => {
    sick.it.breakAll((response) => {
      const end = response.end.bind(response);
      response.end = ((body: unknown) => setTimeout(() => end(body), 100)) as never;
    });
    const checks = await diagnose(sick.it, {}, { timeout: 300, total: 2000 });
    expect(checks.some(({ says }) => says.includes('the 2 s of the whole examination are over'))).toBe(true);
  });

  it('that sends 200 MB is read no further than the gateway would', async () => {
    let sent = 0;
    sick.it.break(JWKS, (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const chunk = Buffer.alloc(64 * 1024, 32);
      const more = () => {
        while (sent < 200e6 && !response.destroyed) {
          sent += chunk.length;
          if (!response.write(chunk)) return;
        }
        response.end();
      };
      response.on('drain', more);
      more();
    });
    expect(await diagnosis()).toEqual(
      expect.arrayContaining(['keys.jwks.document failed', 'keys.jwks.size failed']),
    );
    expect(sent).toBeLessThan(50e6);
  });

  it('that ends connections in the middle is heard once more, and then no more', async () => {
    sick.it.break('GET /usage', (_, response) => void response.socket?.destroy());
    const checks = await diagnose(sick.it);
    expect(notOk(checks)).toEqual(['protected.no-token failed']);
    expect(checks.find(({ id }) => id === 'protected.no-token')?.says).toContain('GET /usage did not answer');
  });

  it('cannot write to the terminal', async () => {
    const evil = '\u001b[2J\u001b]0;x\u0007\u202e\r';
    sick.it.discovery = { ...sick.it.discovery, issuer: evil, jwks_uri: evil, [evil]: 1 };
    sick.it.keys = sick.it.keys.map((key) => ({ ...key, kid: evil.repeat(1000) }));
    for (const { says, next = '' } of await diagnose(sick.it)) {
      expect(says + next).toMatch(/^[^\p{Cc}\p{Bidi_Control}]{1,1000}$/u);
    }
  });
});

describe('what is no document, key or token', () => {
  it('is found out, and never thrown over', async () => {
    const members = fc.dictionary(fc.constantFrom('kty', 'n', 'e', 'kid', 'alg', 'use', 'd'), fc.jsonValue());
    const documents = fc.oneof(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.record({ keys: fc.oneof(fc.jsonValue(), fc.array(fc.oneof(members, fc.jsonValue()))) }),
      fc.record({ issuer: fc.jsonValue(), jwks_uri: fc.oneof(fc.webUrl(), fc.jsonValue()) }),
    );
    await fc.assert(
      fc.asyncProperty(documents, fc.string(), async (document, text) => {
        const checks = await checkKeys(document);
        expect(checks.some(({ status }) => status === 'failed')).toBe(true);
        expect(await usableKeys(document)).toEqual([]);
        expect(notOk(checkDiscovery('https://a.example', { openid: document, oauth: document }))).not.toEqual(
          [],
        );
        expect(readToken(text)).toBeUndefined();
      }),
    );
  });
});

describe('clock and headers', () => {
  it.each([
    [-90, 'failed', 'behind'],
    [90, 'failed', 'ahead'],
    [-20, 'warning', 'behind'],
    [2, undefined, ''],
  ])('a clock that is off by %i s', async (seconds, status, says) => {
    sick.it.breakAll((response) =>
      response.setHeader('date', new Date(Date.now() + seconds * 1000).toUTCString()),
    );
    const checks = await diagnose(sick.it);
    expect(notOk(checks)).toEqual(status === undefined ? [] : [`connection.clock ${status}`]);
    expect(checks.find(({ id }) => id === 'connection.clock')?.says).toContain(says);
  });

  it('software that names itself', async () => {
    sick.it.breakAll((response) => response.setHeader('server', 'nginx/1.25.1'));
    expect(await diagnosis()).toEqual(['connection.silence warning']);
  });
});
