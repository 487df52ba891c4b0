import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isIssuer,
  isOnHostOf,
  isSameIssuer,
  isTrustableUrl,
} from '../../../lambdas/domain/trust/issuer-url.ts';

const DEPLOYED = 'https://api.example.com';
const LOCAL = 'http://127.0.0.1:8787';

describe('an address that may be asked', () => {
  it.each(['https://idp.example.net', 'https://idp.example.net:8443/realms/a/', 'https://[::1]/a'])(
    '%s',
    (url) => {
      expect(isTrustableUrl(url, DEPLOYED)).toBe(true);
      expect(isIssuer(url, DEPLOYED)).toBe(true);
    },
  );

  it.each([
    '',
    'idp.example.net',
    '//idp.example.net',
    'HTTPS://idp.example.net',
    'http://idp.example.net',
    'http://127.0.0.1:9000',
    'https://',
    'https://user@idp.example.net',
    'https://user:pass@idp.example.net',
    'https://:pass@idp.example.net',
    'https://idp.example.net?tenant=a',
    'https://idp.example.net?',
    'https://idp.example.net#keys',
    'https://idp.example.net#',
    'https://idp.example.net\\@evil.example',
    'https://idp.example.net/a b',
    ' https://idp.example.net',
    'https://idp.example\t.net',
    'https://idp.example.net/é',
    'https://idp.example.net:99999',
    'file:///etc/passwd',
    'ftp://idp.example.net',
    'javascript:alert(1)',
    'data:application/json,{}',
    `https://idp.example.net/${'x'.repeat(500)}`,
  ])('not %j', (url) => expect(isTrustableUrl(url, DEPLOYED)).toBe(false));

  it('is http on loopback only where this deployment is', () => {
    for (const url of ['http://127.0.0.1:9000', 'http://localhost/a', 'http://[::1]:9', 'http://127.1.2.3']) {
      expect(isTrustableUrl(url, LOCAL)).toBe(true);
      expect(isTrustableUrl(url, DEPLOYED)).toBe(false);
      expect(isTrustableUrl(url, 'http://api.example.com')).toBe(false);
    }
    for (const url of ['http://127.0.0.1.evil.example', 'http://10.0.0.1', 'http://localhost.evil.example']) {
      expect(isTrustableUrl(url, LOCAL)).toBe(false);
    }
  });

  it('is at most 255 characters as a name', () => {
    const name = 'https://idp.example.net/';
    expect(isIssuer(name.padEnd(255, 'x'), DEPLOYED)).toBe(true);
    expect(isIssuer(name.padEnd(256, 'x'), DEPLOYED)).toBe(false);
  });

  it('has https, a host and a path and nothing else, whatever the text', () => {
    const unit = fc.constantFrom(...'https://a.b:1@?#\\é \n');
    const text = fc.oneof(
      fc.webUrl(),
      fc.string(),
      fc.string({ unit }).map((rest) => `https://${rest}`),
    );
    fc.assert(
      fc.property(text, (text) => {
        if (!isTrustableUrl(text, DEPLOYED)) return;
        const { protocol, username, password, search, hash, hostname } = new URL(text);
        expect([protocol, username, password, search, hash]).toEqual(['https:', '', '', '', '']);
        expect(hostname).not.toBe('');
      }),
    );
  });
});

describe('our own name', () => {
  it.each([
    DEPLOYED,
    `${DEPLOYED}/`,
    'https://API.EXAMPLE.COM',
    `${DEPLOYED}:443`,
    `${DEPLOYED}.`,
    `${DEPLOYED}.:443/`,
    'https://ａｐｉ.example.com',
    `${DEPLOYED}//`,
    `${DEPLOYED}/.`,
  ])('is known as %s', (name) => expect(isSameIssuer(name, DEPLOYED)).toBe(true));

  it.each([
    'https://api.example.com.evil.example',
    'https://api.example.com/other',
    'https://api.example.com:444',
  ])('is not %s', (name) => expect(isSameIssuer(name, DEPLOYED)).toBe(false));

  it('compares what is no URL as it is', () => {
    expect(isSameIssuer('a', 'a')).toBe(true);
    expect(isSameIssuer('a', 'b')).toBe(false);
  });
});

describe('the host of an issuer', () => {
  it.each([
    ['https://idp.example.net/jwks', true],
    ['https://IDP.example.net:443/jwks', true],
    ['https://idp.example.net:8443/jwks', false],
    ['http://idp.example.net/jwks', false],
    ['https://idp.example.net.evil.example/jwks', false],
    ['file:///jwks', false],
    ['', false],
  ])('%s: %s', (address, same) => {
    expect(isOnHostOf(address, 'https://idp.example.net/realm')).toBe(same);
  });
});
