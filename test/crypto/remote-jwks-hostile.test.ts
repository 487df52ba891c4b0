import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { remoteJwks } from '../../lambdas/crypto/remote-jwks.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import type { IssuerKeys } from '../../lambdas/domain/trust/trusted-issuer.ts';
import { testClock } from '../support/clock.ts';
import {
  DISCOVERY,
  type ForeignKey,
  foreignKey,
  type IssuerServer,
  type Reply,
  startIssuer,
} from '../support/issuer-server.ts';

const OWN = 'http://127.0.0.1:8787';
let issuer: IssuerServer;
let elsewhere: IssuerServer;
let key: ForeignKey;

beforeAll(async () => {
  [issuer, elsewhere, key] = await Promise.all([startIssuer(), startIssuer(), foreignKey('first')]);
  elsewhere.publish(key.jwk);
});
beforeEach(() => {
  issuer.publish(key.jwk);
  elsewhere.takeRequests();
});
afterAll(() => Promise.all([issuer.close(), elsewhere.close()]));

/** Asks for a key of the issuer, with nothing kept. @returns why there is none, in the words of the log */
async function reasonOf({
  timeout = 5000,
  own = OWN,
  name = issuer.url,
  keys = {} as Partial<IssuerKeys>,
} = {}) {
  const reasons: string[] = [];
  const sets = remoteJwks({
    own,
    clock: testClock(),
    timeout,
    onFailure: (_, reason) => reasons.push(reason),
  });
  const set = sets(name, { kind: 'discovery', ...keys } as Exclude<IssuerKeys, { kind: 'jwks' }>);
  const asked = set({ alg: 'ES256', kid: 'first' }, { payload: '', signature: '' });
  await expect(asked).rejects.toBeInstanceOf(StoreUnavailable);
  expect(reasons).toHaveLength(1);
  return reasons[0];
}

const jwks = (reply: Reply | object) => issuer.answer('/jwks', reply);

describe('an issuer that redirects is not followed', () => {
  const redirect =
    (status: number, location: string): Reply =>
    (response) =>
      response.writeHead(status, { location }).end();

  it.each([
    ['to another host', 302, () => `${elsewhere.url}/jwks`],
    ['to another path of its own', 307, () => `${issuer.url}/other`],
    ['to a file', 301, () => 'file:///etc/passwd'],
    ['from https to http', 308, () => 'http://idp.example.net/jwks'],
    ['to the metadata of the machine', 303, () => 'http://169.254.169.254/latest/meta-data/'],
  ])('%s', async (_, status, location) => {
    jwks(redirect(status, location()));
    expect(await reasonOf()).toBe('it redirects, and redirects are not followed');
    expect(elsewhere.takeRequests()).toEqual([]);
  });

  it('from its discovery document either', async () => {
    issuer.answer(DISCOVERY, redirect(302, elsewhere.url + DISCOVERY));
    expect(await reasonOf()).toBe('it redirects, and redirects are not followed');
    expect(elsewhere.takeRequests()).toEqual([]);
  });
});

describe('an issuer that is slow is left', () => {
  const slow = { timeout: 80 };
  const tooSlow = 'it does not answer in time';

  it('when it accepts and says nothing', async () => {
    jwks(() => {});
    expect(await reasonOf(slow)).toBe(tooSlow);
  });

  it('when it sends headers and no body', async () => {
    jwks((response: ServerResponse) => response.writeHead(200).flushHeaders());
    expect(await reasonOf(slow)).toBe(tooSlow);
  });

  it('when it sends one byte after the other', async () => {
    let closed = false;
    jwks(async (response: ServerResponse) => {
      response.on('close', () => {
        closed = true;
      });
      for (const byte of JSON.stringify({ keys: [key.jwk] })) {
        if (closed) return;
        response.write(byte);
        await wait(10);
      }
      response.end();
    });
    expect(await reasonOf(slow)).toBe(tooSlow);
    await expect.poll(() => closed).toBe(true);
  });

  it('when its discovery takes the time that the keys would need: there is one limit for both', async () => {
    const later =
      (body: object): Reply =>
      (response) => {
        setTimeout(() => response.end(JSON.stringify(body)), 70);
      };
    issuer.answer(DISCOVERY, later({ issuer: issuer.url, jwks_uri: `${issuer.url}/jwks` }));
    jwks(later({ keys: [key.jwk] }));
    expect(await reasonOf({ timeout: 110 })).toBe(tooSlow);
  });
});

describe('an issuer that answers too much is left', () => {
  it('after 150,000 bytes, of 200 MB that it would send', async () => {
    const piece = Buffer.alloc(64 * 1024, ' ');
    let sent = 0;
    jwks((response: ServerResponse) => {
      const more = () => {
        while (!response.destroyed && sent < 200_000_000) {
          sent += piece.length;
          if (!response.write(piece)) return;
        }
        response.end();
      };
      response.on('drain', more);
      more();
    });
    expect(await reasonOf()).toBe('it answers more than 150000 bytes');
    // What the sockets between the two hold is sent, and nothing more.
    expect(sent).toBeLessThan(20_000_000);
  });

  it('whatever it unpacks to', async () => {
    const packed = gzipSync(Buffer.alloc(20_000_000, ' '));
    jwks((response: ServerResponse) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed));
    expect(packed.length).toBeLessThan(150_000);
    expect(await reasonOf()).toBe('it answers more than 150000 bytes');
  });

  it('takes a set of just that size', async () => {
    const text = JSON.stringify({ keys: [key.jwk] });
    jwks((response: ServerResponse) => response.end(text.padEnd(150_000)));
    const sets = remoteJwks({ own: OWN, clock: testClock(), onFailure: () => {} });
    const set = sets(issuer.url, { kind: 'discovery' });
    expect(await set({ alg: 'ES256', kid: 'first' }, { payload: '', signature: '' })).toBeDefined();
  });
});

describe('an issuer whose answer is no JWK Set', () => {
  const text =
    (body: string, type = 'application/json'): Reply =>
    (response) =>
      response.writeHead(200, { 'content-type': type }).end(body);

  it.each<[string, Reply | object, string]>([
    ['HTML', text('<!doctype html><p>log in</p>', 'text/html'), 'it answers HTML or XML, not JSON'],
    ['HTML that calls itself JSON', text('\n <html></html>'), 'it answers HTML or XML, not JSON'],
    ['half of one', text('{"keys": ['), 'its answer is not JSON'],
    ['nothing', text(''), 'its answer is not JSON'],
    ['bytes that are no text', text('\u0000\u0001'), 'its answer is not JSON'],
    ['a list', [], 'what it publishes is no JWK Set'],
    ['null', text('null'), 'what it publishes is no JWK Set'],
    ['keys that are no list', { keys: { first: {} } }, 'what it publishes is no JWK Set'],
    ['a refusal', (response: ServerResponse) => response.writeHead(403).end('{"keys":[]}'), 'it answers 403'],
    ['no content', (response: ServerResponse) => response.writeHead(204).end(), 'it answers 204'],
    ['no keys', { keys: [] }, 'it publishes no key that may be used'],
    [
      'keys of a hundred kinds that there are not',
      { keys: Array(1000).fill({ kty: 'x' }) },
      'it publishes no key that may be used',
    ],
    [
      'an answer that breaks off',
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-length': '1000' }).write('{"keys":');
        setTimeout(() => response.destroy(), 5);
      },
      'its answer breaks off',
    ],
  ])('%s', async (_, reply, reason) => {
    jwks(reply);
    expect(await reasonOf()).toBe(reason);
  });

  it('is read whatever its media type', async () => {
    jwks(text(JSON.stringify({ keys: [key.jwk] }), 'text/plain'));
    const sets = remoteJwks({ own: OWN, clock: testClock(), onFailure: () => {} });
    const set = sets(issuer.url, { kind: 'discovery' });
    expect(await set({ alg: 'ES256', kid: 'first' }, { payload: '', signature: '' })).toBeDefined();
  });
});

describe('keys that may not be used', () => {
  it('RSA of 1024 bits, symmetric, private, for encryption', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    jwks({
      keys: [
        { kty: 'RSA', n: Buffer.alloc(128, 0xff).toString('base64url'), e: 'AQAB', kid: 'first' },
        { kty: 'RSA', n: Buffer.alloc(256, 0xff).toString('base64url'), e: 'AQ', kid: 'first' },
        { kty: 'oct', k: Buffer.alloc(32, 7).toString('base64url'), kid: 'first' },
        { ...(await exportJWK(privateKey)), kid: 'first' },
        { ...key.jwk, use: 'enc' },
        { ...key.jwk, key_ops: ['sign'] },
        { ...key.jwk, alg: 'HS256' },
        { ...key.jwk, crv: 'secp256k1' },
        { ...key.jwk, x: 'AAAA' },
        { ...key.jwk, kid: 7 },
        null,
        'first',
      ],
    });
    expect(await reasonOf()).toBe('it publishes no key that may be used');
  });
});

describe('a discovery document', () => {
  const discovery = (members: object) =>
    issuer.answer(DISCOVERY, { issuer: issuer.url, jwks_uri: `${issuer.url}/jwks`, ...members });
  const otherHost = 'its discovery document names keys on another host';
  const otherIssuer = 'its discovery document is that of another issuer';

  it.each<[string, () => object, string]>([
    ['of another issuer', () => ({ issuer: elsewhere.url }), otherIssuer],
    ['of the issuer with a slash', () => ({ issuer: `${issuer.url}/` }), otherIssuer],
    ['of nobody', () => ({ issuer: null }), otherIssuer],
    ['with keys on another port', () => ({ jwks_uri: `${elsewhere.url}/jwks` }), otherHost],
    ['with keys on another host', () => ({ jwks_uri: 'https://keys.example.net/jwks' }), otherHost],
    [
      'with keys by another scheme',
      () => ({ jwks_uri: `${issuer.url}/jwks`.replace('http', 'https') }),
      otherHost,
    ],
    [
      'with keys on a host of the same beginning',
      () => ({ jwks_uri: `${issuer.url}.example.net/` }),
      otherHost,
    ],
    ['with the host as a user name', () => ({ jwks_uri: `${issuer.url}@example.net/` }), otherHost],
    ['with keys in a file', () => ({ jwks_uri: 'file:///etc/passwd' }), otherHost],
    ['with keys in itself', () => ({ jwks_uri: 'data:application/json,{}' }), otherHost],
    ['without keys', () => ({ jwks_uri: undefined }), otherHost],
    [
      'with credentials for the keys',
      () => ({ jwks_uri: `${issuer.url.replace('//', '//a:b@')}/jwks` }),
      'its address is not one to be asked',
    ],
  ])('%s', async (_, members, reason) => {
    discovery(members());
    expect(await reasonOf()).toBe(reason);
    expect(elsewhere.takeRequests()).toEqual([]);
  });
});

describe('http', () => {
  const notAsked = 'its address is not one to be asked';

  it('is not spoken where our own issuer is not on loopback itself', async () => {
    issuer.takeRequests();
    expect(await reasonOf({ own: 'https://api.example.com' })).toBe(notAsked);
    expect(await reasonOf({ own: 'http://api.example.com' })).toBe(notAsked);
    expect(issuer.takeRequests()).toEqual([]);
  });

  it('is not spoken to any other host, wherever we are', async () => {
    expect(await reasonOf({ name: 'http://idp.example.net' })).toBe(notAsked);
    expect(await reasonOf({ keys: { kind: 'jwks_uri', uri: 'http://10.0.0.1/jwks' } })).toBe(notAsked);
  });

  it('an issuer that nobody listens at cannot be reached', async () => {
    expect(await reasonOf({ name: 'http://127.0.0.1:1' })).toBe('it cannot be reached');
  });
});
