import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLIENT_ID, PASSWORD_CREDENTIAL_ID } from '../../lambdas/domain/client.ts';
import {
  mintApiKey,
  mintClientId,
  mintClientSecret,
  mintCredentialId,
  mintPassword,
  parseApiKey,
  parseClientSecret,
} from '../../lambdas/domain/secret-format.ts';
import { isSecretValue } from '../../lambdas/domain/secret-looking.ts';
import { clientKey } from '../../lambdas/store/items.ts';
import { testRandom } from '../support/clock.ts';

const MALFORMED = { ok: false, failure: 'malformed' };
/** A property that returns something else than nothing fails, and an assertion returns something. */
const isMalformed = (parsed: unknown): void => {
  expect(parsed).toEqual(MALFORMED);
};
/** Ids of clients as they are anywhere, and such as look like parts of a key. */
const clientIds = fc
  .oneof(
    fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}[A-Za-z0-9]$/),
    fc.string({ unit: fc.constantFrom(...'_._-aZ0'), minLength: 1, maxLength: 64 }),
    fc.stringMatching(/^[A-Za-z0-9]{1,5}(_[0-9a-z]{8}){1,3}_[0-9A-Za-z]{1,20}$/),
  )
  .filter((id) => CLIENT_ID.test(id));
const credentialIds = fc.stringMatching(/^[0-9a-z]{8}$/).filter((id) => id !== PASSWORD_CREDENTIAL_ID);
const randoms = fc.integer().map((seed) => testRandom(seed));
const apiKeys = fc.tuple(clientIds, credentialIds, randoms).map((parts) => mintApiKey(...parts));
const clientSecrets = fc.tuple(credentialIds, randoms).map((parts) => mintClientSecret(...parts));

describe('an API key', () => {
  it('reads tg_<clientId>_<credentialId>_<secret><checksum>', () => {
    expect(mintApiKey('ci', 'a1b2c3d4', randomBytes)).toMatch(
      /^tg_ci_a1b2c3d4_[0-9A-Za-z]{43}[0-9A-Za-z]{6}$/,
    );
  });

  it('gives back the ids that it was minted for', () => {
    fc.assert(
      fc.property(clientIds, credentialIds, randoms, (clientId, credentialId, random) => {
        const key = mintApiKey(clientId, credentialId, random);
        expect(parseApiKey(key)).toEqual({ ok: true, value: { clientId, credentialId } });
        expect(isSecretValue(`see ${key}`)).toBe(true);
      }),
    );
  });

  it.each(['CI', 'my_app', 'shop.example-2', 'a_b1c2d3e4_f', `x${'_.-'.repeat(20)}abc`])(
    'of the client %s says whose it is, and which',
    (clientId) => {
      const key = mintApiKey(clientId, 'a1b2c3d4', testRandom(1));
      expect(parseApiKey(key)).toEqual({ ok: true, value: { clientId, credentialId: 'a1b2c3d4' } });
      // Nothing in it needs an escape: not in a header, a path, a form or a key of the table.
      expect(encodeURIComponent(key)).toBe(key);
      expect(clientKey(clientId).pk).toBe(`CLIENT#${clientId}`);
      expect(new URL(`https://api.example.com/admin/clients/${clientId}/credentials`).pathname).toBe(
        `/admin/clients/${clientId}/credentials`,
      );
    },
  );

  it.each([
    'tg_ci',
    'tgs_a',
    'tgr_a',
    '_ci',
    'ci_',
    '.ci',
    'ci.',
    '-ci',
    '..',
    'a b',
    'a/b',
    'a:b',
    'a#b',
    'a~b',
    'é',
    'a'.repeat(65),
  ])('is none where the client id is %s, which no client has', (clientId) => {
    expect(parseApiKey(mintApiKey(clientId, 'a1b2c3d4', testRandom(1)))).toEqual(MALFORMED);
  });

  it('is not a client secret, and the other way round', () => {
    fc.assert(fc.property(apiKeys, (key) => isMalformed(parseClientSecret(key))));
    fc.assert(fc.property(clientSecrets, (secret) => isMalformed(parseApiKey(secret))));
  });

  it('is refused where it names the password, whose hash is of another kind', () => {
    expect(parseApiKey(mintApiKey('ci', PASSWORD_CREDENTIAL_ID, randomBytes))).toEqual(MALFORMED);
  });
});

describe('a client secret', () => {
  it('reads tgs_<credentialId>_<secret><checksum>', () => {
    expect(mintClientSecret('a1b2c3d4', randomBytes)).toMatch(/^tgs_a1b2c3d4_[0-9A-Za-z]{49}$/);
  });

  it('gives back the id that it was minted for', () => {
    fc.assert(
      fc.property(credentialIds, randoms, (credentialId, random) => {
        const secret = mintClientSecret(credentialId, random);
        expect(parseClientSecret(secret)).toEqual({ ok: true, value: { credentialId } });
      }),
    );
  });
});

describe.each([
  { name: 'an API key', minted: apiKeys, parse: parseApiKey },
  { name: 'a client secret', minted: clientSecrets, parse: parseClientSecret },
])('$name that was mistyped', ({ minted, parse }) => {
  const changed = (change: (text: string, at: number, character: string) => string) =>
    fc
      .tuple(minted, fc.nat(), fc.string({ minLength: 1, maxLength: 1 }))
      .map(([text, at, character]) => [text, change(text, at % text.length, character)] as const)
      .filter(([text, typo]) => text !== typo);

  const refuses = (typos: ReturnType<typeof changed>) =>
    fc.assert(
      fc.property(typos, ([, typo]) => isMalformed(parse(typo))),
      { numRuns: 1000 },
    );

  it('is refused with any one character changed', () => {
    refuses(changed((text, at, character) => text.slice(0, at) + character + text.slice(at + 1)));
  });

  it('is refused with any two neighbours swapped', () => {
    refuses(
      changed((text, at) => text.slice(0, at) + text.charAt(at + 1) + text.charAt(at) + text.slice(at + 2)),
    );
  });

  it('is refused with any character missing or added', () => {
    refuses(changed((text, at) => text.slice(0, at) + text.slice(at + 1)));
    refuses(changed((text, at, character) => text.slice(0, at) + character + text.slice(at)));
  });

  it('is refused with anything before or behind it, a line break included', () => {
    fc.assert(
      fc.property(minted, fc.constantFrom(' ', '\n', '\0', '_', '='), (text, more) => {
        expect(parse(text + more)).toEqual(MALFORMED);
        expect(parse(more + text)).toEqual(MALFORMED);
      }),
    );
  });
});

describe('any other text', () => {
  it('is refused, whatever it is', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((text) => `tg_${text}`),
      fc.stringMatching(/^tgs?(_[0-9a-z]{0,8}){1,3}$/),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(parseApiKey(text)).toEqual(MALFORMED);
        expect(parseClientSecret(text)).toEqual(MALFORMED);
      }),
    );
  });

  it.each([
    ['separators', 'tg_'.repeat(400_000)],
    ['a client id that never ends', `tg_${'a-'.repeat(500_000)}_`],
    ['hyphens up to the length that is looked at', `tg_a${'-'.repeat(100)}_aaaaaaaa_x`],
  ])('is refused at once, however long: %s', (_, text) => {
    const start = performance.now();
    for (let round = 0; round < 100; round++) expect(parseApiKey(text)).toEqual(MALFORMED);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('what is minted', () => {
  it('has ids of the forms that are read', () => {
    expect(mintClientId(randomBytes)).toMatch(CLIENT_ID);
    expect(mintCredentialId(randomBytes)).toMatch(/^[0-9a-z]{8}$/);
  });

  it('is never a credential id that passwords have', () => {
    const letters = '0123456789abcdefghijklmnopqrstuvwxyz';
    const bytes = [...PASSWORD_CREDENTIAL_ID].map((letter) => letters.indexOf(letter)).reverse();
    let round = 0;
    // nanoid takes the bytes from the end: the first round would spell the reserved id.
    const random = (size: number) =>
      Uint8Array.from({ length: size }, (_, at) =>
        round++ < size ? (bytes[at - (size - bytes.length)] ?? 0) : 1,
      );
    expect(mintCredentialId(random)).toBe('11111111');
  });

  it('is a password of 24 letters and digits, which is nothing else', () => {
    const password = mintPassword(randomBytes);
    expect(password).toMatch(/^[0-9A-Za-z]{24}$/);
    expect(parseClientSecret(password)).toEqual(MALFORMED);
  });

  it('is different each time', () => {
    const minted = Array.from({ length: 1000 }, () => mintClientSecret('a1b2c3d4', randomBytes));
    expect(new Set(minted).size).toBe(minted.length);
  });
});
