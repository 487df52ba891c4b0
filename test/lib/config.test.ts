import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configKeys, readConfig } from '../../lib/config.ts';

const read = (context: Record<string, unknown> = {}) => readConfig((key) => context[key]);

const messageOf = (context: Record<string, unknown>): string => {
  try {
    read(context);
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

describe('the configuration', () => {
  it('has a default for everything', () => {
    expect(read()).toEqual({
      stage: 'dev',
      issuer: undefined,
      audience: 'tollgate',
      tokenLifetime: 900,
      allowedOrigins: ['*'],
      keyRotationDays: 30,
      usageRetentionDays: 90,
      alarmEmail: undefined,
      apiTags: {},
    });
  });

  it('reads the strings of the command line', () => {
    expect(
      read({
        stage: 'prod',
        issuer: 'https://auth.example.com/tenant',
        audience: 'https://api.example.com',
        tokenLifetime: '600',
        allowedOrigins: 'https://app.example.com, http://localhost:5173',
        keyRotationDays: '7',
        usageRetentionDays: '365',
        alarmEmail: 'ops@example.com',
        apiTags: '{"team":"payments"}',
      }),
    ).toEqual({
      stage: 'prod',
      issuer: 'https://auth.example.com/tenant',
      audience: 'https://api.example.com',
      tokenLifetime: 600,
      allowedOrigins: ['https://app.example.com', 'http://localhost:5173'],
      keyRotationDays: 7,
      usageRetentionDays: 365,
      alarmEmail: 'ops@example.com',
      apiTags: { team: 'payments' },
    });
  });

  it('reads the numbers and lists of cdk.json', () => {
    expect(read({ tokenLifetime: 600, allowedOrigins: ['*'], apiTags: { team: 'a' } })).toMatchObject({
      tokenLifetime: 600,
      allowedOrigins: ['*'],
      apiTags: { team: 'a' },
    });
  });

  it('tells all mistakes at once, with the key, what was given and what is expected', () => {
    const message = messageOf({
      stage: 'Prod!',
      issuer: 'http://auth.example.com/',
      audience: '',
      tokenLifetime: '59',
      allowedOrigins: 'app.example.com',
      keyRotationDays: 0,
      usageRetentionDays: 'long',
      alarmEmail: 'nobody',
      apiTags: 'a=b',
    });
    expect(message.split('\n')).toEqual([
      'configuration (CDK context):',
      '  stage: given "Prod!", expected a lower-case name of at most 20 letters, digits and hyphens',
      '  issuer: given "http://auth.example.com/", expected an https URL without query, fragment, credentials and trailing slash (http for a loopback host only)',
      '  audience: given "", expected one name or URI without spaces and commas',
      '  tokenLifetime: given "59", expected seconds, from 60 to 86400',
      '  allowedOrigins: given "app.example.com", expected a list, or comma-separated: origins such as https://app.example.com, or *',
      '  keyRotationDays: given 0, expected days, from 1 to 365',
      '  usageRetentionDays: given "long", expected days, from 1 to 3650',
      '  alarmEmail: given "nobody", expected an e-mail address',
      '  apiTags: given "a=b", expected a JSON object of strings, such as {"team":"payments"}',
    ]);
  });

  it.each([
    'https://auth.example.com',
    'https://auth.example.com:8443/a/b',
    'http://localhost:4566/_aws/execute-api/a1b2c3d4/$default',
    'http://a1b2c3d4.execute-api.localhost:4566',
    'http://127.0.0.1:8787',
    'http://[::1]:8787',
  ])('takes the issuer %s as it is', (issuer) => {
    expect(read({ issuer }).issuer).toBe(issuer);
  });

  it.each([
    'auth.example.com',
    'ftp://auth.example.com',
    'http://auth.example.com',
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
    'https://auth.example.com/',
    'https://auth.example.com/a/',
    'https://auth.example.com?',
    'https://auth.example.com?a=b',
    'https://auth.example.com#a',
    'https://user:pass@auth.example.com',
    ' https://auth.example.com',
    'https://auth.example.com\n',
    '',
    7,
  ])('refuses the issuer %j', (issuer) => {
    expect(messageOf({ issuer })).toContain('  issuer: given');
  });

  it.each([
    'https://app.example.com/',
    'https://app.example.com/a',
    'app',
    'null',
    'ftp://a',
    'https://A.example',
    ',',
  ])('refuses the origin %j', (origin) => {
    expect(messageOf({ allowedOrigins: origin })).toContain('  allowedOrigins: given');
  });

  it.each(['1e3', '0x40', ' 600', '600.5', '-600', '', true, null, 600.5, Number.NaN, [600]])(
    'refuses the lifetime %j, or takes the default where nothing was given',
    (tokenLifetime) => {
      if (tokenLifetime === null) expect(read({ tokenLifetime }).tokenLifetime).toBe(900);
      else expect(messageOf({ tokenLifetime })).toContain('  tokenLifetime: given');
    },
  );

  it('either gives a configuration within its limits or names the keys that are wrong', () => {
    const value = fc.oneof(
      fc.string(),
      fc.webUrl(),
      fc.integer(),
      fc.double(),
      fc.array(fc.string()),
      fc.jsonValue(),
    );
    const context = fc.record(Object.fromEntries(configKeys.map((key) => [key, value])), {
      requiredKeys: [],
    });
    fc.assert(
      fc.property(context, (given) => {
        const message = messageOf(given);
        if (message !== '') {
          const named = message
            .split('\n')
            .slice(1)
            .map((line) => line.trim().split(':')[0] ?? '');
          expect(configKeys).toEqual(expect.arrayContaining(named));
          return;
        }
        const config = read(given);
        expect(config.tokenLifetime).toBeGreaterThanOrEqual(60);
        expect(config.tokenLifetime).toBeLessThanOrEqual(86_400);
        expect(config.issuer ?? 'https://a').toMatch(/^https?:\/\/[^\s?#]*[^/]$/);
      }),
    );
  });

  it('keeps every lifetime that it allows, as a number or as digits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 86_400 }), (seconds) => {
        expect(read({ tokenLifetime: String(seconds) })).toEqual(read({ tokenLifetime: seconds }));
      }),
    );
  });
});
