import { describe, expect, it } from 'vitest';
import { parseAccess } from '../../cli/usage/access-lines.ts';

const facts = {
  ...{ requestId: 'request-1', timeEpoch: '1795348800000', sourceIp: '203.0.113.7' },
  ...{ routeKey: 'GET /products/{name}', path: '/products/lamp', status: '200', responseLength: '20' },
  ...{ integrationLatency: '5', sub: 'github:acme', clientId: 'ci', credentialId: 'https://issuer.example' },
  ...{ tenant: '-', jti: 'jti-1', txn: 'txn-1' },
};

/** As if what stands for a variable were not escaped: nobody promises that it is. */
const unescaped = (changes: Partial<typeof facts>): string =>
  `{${Object.entries({ ...facts, ...changes })
    .map(([name, value]) => `"${name}":"${value}"`)
    .join(',')}}`;

describe('a line of the access log', () => {
  it('is a call, also where a value quotes what looks like a member', () => {
    const sub = 'x","sub":"victim';
    expect(parseAccess(unescaped({}))).toMatchObject({ kind: 'call', call: { sub: 'github:acme' } });
    expect(parseAccess(JSON.stringify({ ...facts, sub }))).toMatchObject({ kind: 'call', call: { sub } });
  });

  it.each([
    ['another subject', { sub: 'x","sub":"victim' }],
    ['another subject, with a space', { sub: 'x","sub" : "victim' }],
    ['another subject, spelled otherwise', { sub: 'x","s\\u0075b":"victim' }],
    ['another request', { path: '/products/x","requestId":"request-2' }],
    ['another route', { path: '/products/x","routeKey":"GET /free' }],
    ['no function that was called', { path: '/products/x","integrationLatency":"-' }],
    ['no token', { sub: 'x","jti":"-' }],
  ])('in which a caller has put %s is told, and not believed', (_, changes) => {
    expect(parseAccess(unescaped(changes))).toMatchObject({ kind: 'unreadable' });
  });
});
