/** The policy's rules about issuer, tokens and keys, each in an app of one's own. */
import { CfnParameter, type Stack } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { CfnRotationSchedule, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, it } from 'vitest';
import { KeyRing } from '../../lib/key-ring.ts';
import { lifecycleOf } from '../../lib/lifecycle.ts';
import { createFunction, findingsIn, orders, placesIn } from './findings.ts';

const HOUR = 3600 * 1000;

describe('Tollgate-Issuer: an issuer that no token can have', () => {
  const withIssuer = (issuer: string | ((stack: Stack, api: HttpApi) => string)) => {
    const { stack, api, route } = orders();
    const text = typeof issuer === 'string' ? issuer : issuer(stack, api);
    const authorizer = new HttpJwtAuthorizer('Own', text, { jwtAudience: ['orders'] });
    route('Issued', 'GET /issued', { authorizer });
    return stack;
  };

  it.each([
    'https://auth.example.com/',
    'https://auth.example.com/tenant/',
    'http://auth.example.com',
    'https://auth.example.com?tenant=1',
    'https://auth.example.com#x',
    'https://user@auth.example.com',
    'auth.example.com',
  ])('is %s', (issuer) => {
    const [finding, ...others] = findingsIn(withIssuer(issuer));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ rule: 'Tollgate-Issuer', path: 'Orders/Api/Own/Resource' });
    expect(finding?.sentence).toContain(issuer);
  });

  it('is the url of an API’s stage, which ends with a slash', () => {
    const [finding] = findingsIn(withIssuer((_, api) => api.url ?? ''));
    expect(finding?.rule).toBe('Tollgate-Issuer');
    expect(finding?.sentence).toContain('ends with a slash');
  });

  it.each([
    ['an address', 'https://auth.example.com'],
    ['an address with a path', 'https://auth.example.com/tenant'],
    ['a loopback address', 'http://localhost:4566/_aws/execute-api/abcd1234/$default'],
    ['an API’s endpoint', (_: Stack, api: HttpApi) => api.apiEndpoint],
    ['what only the deployment knows', (stack: Stack) => new CfnParameter(stack, 'Issuer').valueAsString],
    ['a path below that', (stack: Stack) => `${new CfnParameter(stack, 'Issuer').valueAsString}/tenant`],
  ])('is not %s', (_, issuer) => {
    expect(placesIn(withIssuer(issuer))).toEqual([]);
  });

  it('is one that a function is told, too', () => {
    const { stack } = orders();
    createFunction(stack, 'Login', { ISSUER: 'https://auth.example.org/' });
    expect(placesIn(stack)).toEqual(['Tollgate-Issuer Orders/Login/Resource']);
  });
});

describe('Tollgate-TokenLifetime: tokens that outlive their key', () => {
  it.each([
    ['86400', []],
    ['86401', ['Tollgate-TokenLifetime Orders/Login/Resource']],
  ])('of %s seconds', (lifetime, found) => {
    const { stack } = orders();
    createFunction(stack, 'Login', { TOKEN_LIFETIME: lifetime });
    expect(placesIn(stack)).toEqual(found);
  });

  it('are shorter ones where a key ring keeps its keys less long', () => {
    const { stack, ledger } = orders();
    new ShortRing(stack, 'KeyRing', { lifecycle: lifecycleOf('dev'), ledger, rotationDays: 1 });
    createFunction(stack, 'Login', { TOKEN_LIFETIME: '7200' });
    const [finding] = findingsIn(stack).filter(({ rule }) => rule === 'Tollgate-TokenLifetime');
    expect(finding?.sentence).toContain('Tokens live 7200 seconds');
  });
});

describe('Tollgate-RotationOverlap: keys that gateways do not know yet, or no more', () => {
  it('overlap for less than two hours and the margin', () => {
    const { stack, ledger } = orders();
    new ShortRing(stack, 'KeyRing', { lifecycle: lifecycleOf('dev'), ledger, rotationDays: 1 });
    expect(findingsIn(stack)).toEqual([
      {
        rule: 'Tollgate-RotationOverlap',
        path: 'Orders/KeyRing',
        sentence: expect.stringMatching(/^Keys overlap for 2\.0 hours, .* for 2\.6\. /),
      },
    ]);
  });

  it('are not those of the ring as it is', () => {
    const { stack, createKeyRing } = orders();
    createKeyRing();
    expect(placesIn(stack)).toEqual([]);
  });

  it.each([0, 0.1, -1])('rotate every %d days', (days) => {
    const { stack, createKeyRing } = orders();
    createKeyRing(days);
    expect(placesIn(stack)).toEqual(['Tollgate-RotationOverlap Orders/KeyRing/Rotation/Resource']);
  });

  it('are also rotated by Secrets Manager, which knows no overlap', () => {
    const { stack, fn, createKeyRing } = orders();
    const { privateKeys } = createKeyRing();
    const rotationLambdaArn = fn.functionArn;
    new CfnRotationSchedule(stack, 'Schedule', { secretId: privateKeys.ref, rotationLambdaArn });
    expect(placesIn(stack)).toEqual(['Tollgate-RotationOverlap Orders/Schedule']);
  });

  it('are not another secret that is rotated', () => {
    const { stack, fn } = orders();
    const secret = new Secret(stack, 'Other');
    new CfnRotationSchedule(stack, 'Schedule', {
      secretId: secret.secretArn,
      rotationLambdaArn: fn.functionArn,
    });
    expect(placesIn(stack)).toEqual([]);
  });
});

/** A key ring for those who think that two hours are enough. */
class ShortRing extends KeyRing {
  override readonly overlap = { lead: 2 * HOUR, lag: 4 * HOUR };
}
