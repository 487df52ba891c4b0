/** What operators send to revoke, to rotate and to report a leak: whatever it is, it is read or refused, and never quoted. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLeakReport, recognised } from '../../lambdas/domain/leak.ts';
import { mintRefreshToken } from '../../lambdas/domain/refresh-token.ts';
import { parseRevocationQuery, parseRevocationRequest } from '../../lambdas/domain/revocation-request.ts';
import { mintApiKey, mintClientSecret } from '../../lambdas/domain/secret-format.ts';
import { parseRotation } from '../../lambdas/functions/rotation/request.ts';
import { NOW } from '../support/clock.ts';

const members = ['jti', 'client_id', 'credential_id', 'subject', 'tenant', 'kid', 'issued_before'];
const values = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.constant('ci'),
  fc.constant('k'.repeat(43)),
  fc.anything(),
);
const bodies = fc.oneof(
  fc.anything(),
  fc.dictionary(fc.constantFrom(...members, 'revoke_key', 'secret', 'policy', 'source', 'token'), values),
);

describe('any body', () => {
  it.each([
    ['a revocation', (body: unknown) => parseRevocationRequest(body, NOW)],
    ['a rotation', parseRotation],
    ['a leak', parseLeakReport],
  ])('as %s is read or refused, and nothing is thrown', (_, parse) => {
    fc.assert(fc.property(bodies, (body) => typeof parse(body).ok === 'boolean'));
  });

  it('that is read as a revocation names one thing, or a time that is not ahead', () => {
    const property = fc.property(bodies, (body) => {
      const read = parseRevocationRequest(body, NOW);
      if (!read.ok) return;
      const { target, issuedBefore = 0 } = read.value;
      expect(target !== undefined || issuedBefore >= 0).toBe(true);
      expect(issuedBefore * 1000).toBeLessThanOrEqual(NOW);
    });
    fc.assert(property);
  });

  it('any query is read or refused', () => {
    const queries = fc.dictionary(fc.constantFrom(...members, 'other'), fc.string());
    fc.assert(fc.property(queries, (query) => typeof parseRevocationQuery(query).ok === 'boolean'));
  });
});

describe('a secret', () => {
  const minted = () => [
    ['api_key', mintApiKey('ci', 'a1b2c3d4', randomBytes)],
    ['client_secret', mintClientSecret('a1b2c3d4', randomBytes)],
    ['refresh_token', mintRefreshToken(randomBytes).text],
  ];

  it('of ours is recognised whole, and no longer with a character more, less or other', () => {
    for (const [kind, secret = ''] of minted()) {
      expect(recognised({ secret })?.kind).toBe(kind);
      const last = secret.endsWith('0') ? '1' : '0';
      for (const wrong of [`${secret}0`, secret.slice(0, -1), secret.slice(0, -1) + last, ` ${secret}`]) {
        expect(recognised({ secret: wrong })).toBeUndefined();
      }
    }
  });

  it('is in no refusal, whatever is wrong, and in no source that is kept', () => {
    const property = fc.property(fc.string(), fc.string(), (before, after) => {
      for (const [, secret = ''] of minted()) {
        const places = [
          before + secret + after,
          `https://x.example/?q=${encodeURIComponent(secret)}&${encodeURIComponent(after)}`,
        ];
        for (const source of places) {
          const read = parseLeakReport({ secret, source });
          expect(read.ok && JSON.stringify(read.value.leaks[0]?.source)).not.toContain(secret);
        }
        expect(JSON.stringify(parseLeakReport({ [secret]: before }))).not.toContain(secret);
      }
    });
    fc.assert(property, { numRuns: 50 });
  });
});
