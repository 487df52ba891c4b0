import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, seals } from '../../lambdas/crypto/seals.ts';
import { NO_LINK } from '../../lambdas/domain/ledger/closing.ts';
import { NOW } from '../support/clock.ts';
import { usageRecord } from '../support/ledger.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('canonical JSON (RFC 8785)', () => {
  it('sorts by code units of UTF-16, as in the example of §3.2.3', () => {
    const example = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    expect(canonicalJson(example)).toBe(
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis",' +
        '"€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    );
  });

  it('leaves out what is absent, and does not depend on the order in which properties were set', () => {
    const values = fc.oneof(fc.string({ unit: 'grapheme' }), fc.maxSafeInteger());
    fc.assert(
      fc.property(fc.dictionary(fc.string(), values), (flat) => {
        const reversed = Object.fromEntries(Object.entries(flat).reverse());
        expect(canonicalJson({ ...reversed, absent: undefined })).toBe(canonicalJson({ ...flat }));
        expect(JSON.parse(canonicalJson(flat))).toEqual({ ...flat });
      }),
    );
  });
});

describe('the digest of an hour', () => {
  it('is SHA-256 over the canonical JSON of each record and a line feed, in their order', () => {
    const digest = seals.digest();
    digest.add(usageRecord({ at: NOW, sub: 'a"b' }));
    digest.add(usageRecord({ at: NOW, tenant: 'acme' }));
    const line = (sub: string, tenant: string) =>
      `{"at":1795348800000,"clientId":"alice","credentialId":"password","jti":"jti-1","latency":3,` +
      `"outcome":"admitted","price":10,"requestId":"request-1","route":"GET /protected-resource",` +
      `"sourceIp":"203.0.113.7","status":200,"sub":"${sub}",${tenant}"txn":"txn-1"}\n`;
    expect(digest.end()).toBe(sha256(line('a\\"b', '') + line('alice', '"tenant":"acme",')));
  });

  it('of no record is that of nothing', () => {
    expect(seals.digest().end()).toBe(sha256(''));
  });
});

describe('a link', () => {
  const link = {
    ...{ seq: 1, hour: '2026-11-22T11', generation: 3, digest: sha256(''), records: 0, cost: 0 },
    ...{ previous: NO_LINK, at: NOW },
  };

  it('has the hash of all its other fields', () => {
    const hash = sha256(
      `{"at":1795348800000,"cost":0,"digest":"${sha256('')}","generation":3,"hour":"2026-11-22T11",` +
        `"previous":"${NO_LINK}","records":0,"seq":1}`,
    );
    expect(seals.seal(link)).toEqual({ ...link, hash });
  });

  it.each(['seq', 'generation', 'records', 'cost', 'at'] as const)('has another with another %s', (name) => {
    expect(seals.seal({ ...link, [name]: link[name] + 1 }).hash).not.toBe(seals.seal(link).hash);
  });
});
