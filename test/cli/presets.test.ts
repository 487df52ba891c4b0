import { describe, expect, it } from 'vitest';
import { CommandFailure } from '../../cli/failure.ts';
import { presetOf, presets } from '../../cli/presets/index.ts';
import { recordOf, type Wanted, warningsOf } from '../../cli/presets/record.ts';

const wanted = (match: Wanted['match'], parameters: Wanted['parameters'] = {}): Wanted => ({
  client_id: 'ci',
  ...{ match, parameters },
});

const preset = (name: string) => {
  const found = presetOf(name);
  if (found === undefined) throw new Error(`no preset ${name}`);
  return found;
};

const refusal = (name: string, asked: Wanted): string => {
  try {
    return JSON.stringify(recordOf(preset(name), asked));
  } catch (error) {
    if (error instanceof CommandFailure) return `${error.exitCode} ${error.message}`;
    throw error;
  }
};

const TENANT = 'aaaabbbb-0000-cccc-1111-dddd2222eeee';

/** What each preset needs, and the issuer that comes of it. */
const ISSUERS: Record<string, [parameters: Record<string, string>, issuer: string]> = {
  'github-actions': [{}, 'https://token.actions.githubusercontent.com'],
  'gitlab-ci': [{ url: 'https://gitlab.example.com' }, 'https://gitlab.example.com'],
  kubernetes: [
    { issuer: 'https://eu.oic.prod-aks.azure.com/t/c/' },
    'https://eu.oic.prod-aks.azure.com/t/c/',
  ],
  google: [{}, 'https://accounts.google.com'],
  'entra-id': [{ tenant: TENANT }, `https://login.microsoftonline.com/${TENANT}/v2.0`],
  okta: [{ domain: 'acme.okta.com', server: 'aus1' }, 'https://acme.okta.com/oauth2/aus1'],
  auth0: [{ domain: 'acme.eu.auth0.com' }, 'https://acme.eu.auth0.com/'],
  keycloak: [{ realm: 'https://sso.example.com/realms/acme' }, 'https://sso.example.com/realms/acme'],
};

describe('a preset', () => {
  it('is there for each provider', () => {
    expect(presets.map(({ name }) => name).sort()).toEqual(Object.keys(ISSUERS).sort());
  });

  it.each(Object.entries(ISSUERS))(
    '%s: makes the issuer, and refuses whoever pins nothing',
    (name, [parameters, issuer]) => {
      const { pins } = preset(name);
      for (const set of pins) {
        const match = Object.fromEntries(Object.keys(set).map((claim) => [claim, [exampleOf(claim)]]));
        expect(recordOf(preset(name), wanted(match, parameters))).toMatchObject({ issuer });
        for (const claim of Object.keys(set)) {
          for (const pattern of ['*', '**']) {
            expect(refusal(name, wanted({ ...match, [claim]: [pattern] }, parameters))).toMatch(
              /^2 Tokens of strangers/,
            );
          }
          const { [claim]: _, ...others } = match;
          expect(refusal(name, wanted(others, parameters))).toMatch(/^2 Tokens of strangers/);
        }
      }
    },
  );
});

const exampleOf = (claim: string): string => {
  if (claim === 'repository') return 'acme/*';
  return claim === 'email_verified' ? 'true' : 'x1';
};

describe('what a preset does not let pass', () => {
  it.each([
    ['github-actions', { repository: ['*/shop'] }],
    ['github-actions', { repository: ['ac*/shop'] }],
    ['github-actions', { repository: ['acme**'] }],
    ['github-actions', { repository: ['acme/shop', '*/*'] }],
    ['gitlab-ci', { job_project_id: ['5'] }],
    ['gitlab-ci', { project_path: ['acme/shop'] }],
    ['google', { email: ['alice@acme.example'] }],
    ['google', { email: ['alice@acme.example'], email_verified: ['*'] }],
    ['kubernetes', { '/kubernetes.io/namespace': ['shop'] }],
  ])('%s with %j', (name, match) => {
    const [parameters] = ISSUERS[name] ?? [{}];
    expect(refusal(name, wanted(match, parameters))).toMatch(/^2 Tokens of strangers/);
  });

  it.each([
    ['entra-id', { tenant: 'common' }],
    ['entra-id', { tenant: `${TENANT}/../common` }],
    ['okta', { domain: 'https://acme.okta.com' }],
    ['okta', { domain: 'acme.okta.com/' }],
    ['okta', { domain: 'acme.okta.com', server: '../x' }],
    ['auth0', { domain: 'acme.auth0.com#x' }],
    ['keycloak', { realm: 'https://sso.example.com' }],
    ['keycloak', { realm: 'https://sso.example.com/realms/acme/' }],
    ['gitlab-ci', { url: 'https://gitlab.com/' }],
    ['github-actions', { issuer: 'https://user@ghe.example.com' }],
    ['kubernetes', { issuer: 'https://k8s.example.com?x' }],
    ['kubernetes', {}],
  ])('%s of %j', (name, parameters: Record<string, string>) => {
    expect(refusal(name, wanted({ azp: ['x'] }, parameters))).toMatch(
      /^2 The preset \S+ (?:cannot use|needs)/,
    );
  });

  it('a parameter that it does not have, and a claim that it matches itself', () => {
    expect(refusal('google', wanted({ sub: ['1'] }, { domain: 'x' }))).toBe(
      '2 The preset google has no parameter domain.',
    );
    const tid = wanted({ tid: ['other'], oid: ['1'] }, { tenant: TENANT });
    expect(refusal('entra-id', tid)).toBe(`2 The preset entra-id matches tid itself: ${TENANT}.`);
  });
});

describe('the warnings of a preset', () => {
  it.each([
    ['github-actions', { repository: ['acme/shop'] }, [/Names can be given up/, /Every branch/]],
    ['github-actions', { repository_id: ['1'], ref: ['refs/heads/main'] }, [/pull_request_target/]],
    ['github-actions', { repository_id: ['1'], environment: ['production'] }, []],
    ['github-actions', { repository_id: ['1'], sub: ['repo:**'] }, [/form of sub/]],
    ['gitlab-ci', { project_id: ['1'], ref: ['main'] }, [/ref_protected/]],
    ['gitlab-ci', { project_id: ['1'], ref_protected: ['true'] }, []],
    ['google', { hd: ['acme.example'] }, [/Every account/]],
    ['google', { sub: ['1'] }, []],
    ['entra-id', { groups: ['x'] }, [/200 groups/]],
  ])('%s with %j', (name, match: Wanted['match'], says) => {
    const warnings = warningsOf(preset(name), wanted(match));
    expect(warnings).toEqual(says.map((text) => expect.stringMatching(text)));
  });
});
