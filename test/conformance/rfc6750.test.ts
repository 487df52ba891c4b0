/** RFC 6750, Bearer Token Usage: the challenges of the guard. Those of the gateway are API Gateway's own. */
import { describe, expect, it } from 'vitest';
import type { Response } from '../../lambdas/http/event.ts';
import { accessRefused, invalidToken, tokenRevoked } from '../../lambdas/http/refusals.ts';
import { scopes } from '../../lambdas/routes.ts';

const ALL = Object.keys(scopes).join(' ');

const refusals: [name: string, status: number, error: string, response: Response][] = [
  ['an incomplete token', 401, 'invalid_token', invalidToken()],
  ['a revoked token', 401, 'invalid_token', tokenRevoked()],
  ['a missing scope', 403, 'insufficient_scope', accessRefused({ code: 'insufficient_scope', scope: ALL })],
  ['somebody else’s', 403, 'insufficient_scope', accessRefused({ code: 'not_the_owner' })],
];

/** @returns the attributes of a challenge, in their order; `undefined` where it is none as RFC 9110 §11.6.1 has it */
function attributesOf(challenge: string): [name: string, value: string][] | undefined {
  const [, list] = /^Bearer ((?:[a-z_]+="[^"\\]*"(?:, |$))+)$/.exec(challenge) ?? [];
  return list?.split(/, (?=[a-z_]+=)/).map((part) => {
    const [name = '', ...value] = part.split('=');
    return [name, value.join('=').slice(1, -1)];
  });
}

describe.each(refusals)('§3 the challenge for %s', (_, status, error, response) => {
  const attributes = attributesOf(String(response.headers?.['www-authenticate'])) ?? [];

  it('has the scheme Bearer, at least one attribute, and none twice', () => {
    expect(attributes.length).toBeGreaterThan(0);
    expect(new Set(attributes.map(([name]) => name)).size).toBe(attributes.length);
  });

  it('has values of the characters that are allowed', () => {
    for (const [name, value] of attributes) {
      const allowed =
        name === 'scope' ? /^[\x20\x21\x23-\x5B\x5D-\x7E]+$/ : /^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/;
      expect(value).toMatch(allowed);
    }
  });

  it('goes with its status (§3.1), in an answer that no cache keeps', () => {
    expect(response).toMatchObject({ statusCode: status, headers: { 'cache-control': 'no-store' } });
    expect(Object.fromEntries(attributes)).toMatchObject({ error });
  });
});

describe('§3.1 insufficient_scope', () => {
  it('names the scopes that are asked for, space-delimited', () => {
    const { headers } = accessRefused({ code: 'insufficient_scope', scope: 'read:users read:usage' });
    expect(attributesOf(String(headers?.['www-authenticate']))).toContainEqual([
      'scope',
      'read:users read:usage',
    ]);
  });
});
