/** What docs/issuers/ promises: the commands on each page work, and its tokens become what it says, and no others. */
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { presets } from '../../cli/presets/index.ts';
import {
  type Claims,
  claimsIn,
  createIssuerPages,
  type IssuerPages,
  type Page,
  readPage,
} from '../support/issuer-pages.ts';

let world: IssuerPages;
beforeAll(async () => {
  world = await createIssuerPages();
});
afterAll(() => world.close());

const OTHER = 'aaaabbbb-0000-cccc-1111-999999999999';

/** Tokens of the same issuer, or nearly, that are somebody else's: what differs from the page's. */
const STRANGERS: Record<string, [who: string, changes: Claims, token?: number][]> = {
  'github-actions.md': [
    ['another repository', { repository: 'mallory/shop', repository_id: '1', repository_owner_id: '2' }],
    ['a repository that took over the name', { repository_id: '900000001' }],
    ['a pull request', { event_name: 'pull_request', ref: 'refs/pull/7/merge' }],
    ['pull_request_target, which has the default branch as its ref', { event_name: 'pull_request_target' }],
    ['another branch', { ref: 'refs/heads/feature' }],
    ['a job that asked for a token for somebody else', { aud: 'https://github.com/acme' }],
    ['an enterprise of its own', { iss: 'https://token.actions.githubusercontent.com/mallory' }],
    ['nobody in particular: no jti', { jti: undefined }],
  ],
  'gitlab-ci.md': [
    ['another project', { project_id: '1', project_path: 'mallory/shop' }],
    ['a fork, whose merge request runs in the parent', { project_id: '99', job_project_id: '5471207' }],
    ['a branch that everybody may push', { ref: 'feature', ref_protected: 'false' }],
    ['a protected tag', { ref_type: 'tag' }],
    ['another instance', { iss: 'https://gitlab.example.com' }],
    ['a job that asked for a token for somebody else', { aud: 'https://vault.example.com' }],
  ],
  'kubernetes.md': [
    ['another namespace', { 'kubernetes.io': { namespace: 'mallory', serviceaccount: { name: 'orders' } } }],
    [
      'another service account',
      { 'kubernetes.io': { namespace: 'shop', serviceaccount: { name: 'default' } } },
    ],
    ['the cluster itself', { aud: ['https://kubernetes.default.svc'] }],
    ['a claim with a slash in its name', { 'kubernetes.io': {}, 'kubernetes.io/namespace': 'shop' }],
    ['another cluster', { iss: 'https://oidc.eks.eu-central-1.amazonaws.com/id/MALLORY' }],
  ],
  'google.md': [
    ['another service account', { sub: '1', azp: '1' }],
    ['a service account whose token is for somebody else', { aud: 'https://mallory.example' }],
    ['a person of another domain', { hd: 'mallory.example' }, 1],
    ['an account that was made with an address of the domain', { hd: undefined }, 1],
    ['a person who signed in elsewhere', { aud: 'mallory.apps.googleusercontent.com', azp: 'mallory' }, 1],
    ['a person whose token another application got', { azp: 'mallory.apps.googleusercontent.com' }, 1],
    ['the old name of the issuer', { iss: 'accounts.google.com' }, 1],
  ],
  'entra-id.md': [
    ['another application of the directory', { azp: OTHER, roles: undefined, oid: OTHER }],
    ['another directory', { iss: `https://login.microsoftonline.com/${OTHER}/v2.0`, tid: OTHER }],
    ['another directory under this issuer', { tid: OTHER }],
    ['a token of version 1.0', { iss: 'https://sts.windows.net/aaaabbbb-0000-cccc-1111-dddd2222eeee/' }],
    ['a token for Microsoft Graph', { aud: '00000003-0000-0000-c000-000000000000' }],
  ],
  'okta.md': [
    ['another application', { cid: '0oaMALLORY' }],
    ['a machine of the same application: no uid', { uid: undefined }],
    ['the org authorization server', { iss: 'https://acme.okta.com' }],
    ['another API', { aud: 'api://default' }],
  ],
  'auth0.md': [
    ['another application', { azp: 'mallory' }],
    ['no API at all', { aud: 'https://acme.eu.auth0.com/userinfo' }],
    ['another tenant', { iss: 'https://mallory.eu.auth0.com/' }],
    ['the issuer without its slash', { iss: 'https://acme.eu.auth0.com' }],
  ],
  'keycloak.md': [
    ['another client', { azp: 'mallory' }],
    ['an ID token', { typ: 'ID' }],
    ['no audience mapper', { aud: 'account' }],
    ['another realm', { iss: 'https://sso.example.com/realms/master' }],
    ['a lightweight token: no sub', { sub: undefined }],
  ],
};

describe.each(presets.map(({ page, name }) => [page, name] as const))('docs/issuers/%s', (name, preset) => {
  let page: Page;
  beforeAll(async () => {
    page = readPage(name);
    for (const words of page.commands) {
      const { code, stderr } = await world.run(words);
      expect(code, `${words.join(' ')}\n${stderr}`).toBe(0);
    }
    await Promise.all([...new Set(page.tokens.map(({ theirs }) => String(theirs.iss)))].map(world.takeOver));
  });

  const present = async (token: string, { ours }: Page['tokens'][number]) =>
    ours.act === undefined
      ? world.assert(token)
      : world.exchange(world.apiKeyOf(ours.client_id), {
          subject_token: token,
          ...(page.subjectTokenType !== undefined && { subject_token_type: page.subjectTokenType }),
        });

  const shown = (index = 0) => {
    const pair = page.tokens[index];
    if (pair === undefined) throw new Error('the page shows no such token');
    return pair;
  };

  it('has a command for its preset, and each token that it shows becomes what it says', async () => {
    expect(page.commands.flat()).toContain(preset);
    expect(page.tokens.length).toBeGreaterThan(0);
    for (const pair of page.tokens) {
      const claims = claimsIn(await present(await world.sign(fresh(pair.theirs)), pair));
      expect(claims).toMatchObject(pair.ours);
      expect(Number(claims.exp)).toBeLessThanOrEqual(Math.floor(world.clock() / 1000) + 300);
    }
  });

  it.each(STRANGERS[name] ?? [])('gives nothing to %s', async (_, changes, index) => {
    const pair = shown(index);
    const answer = await present(await world.sign(fresh({ ...pair.theirs, ...changes })), pair);
    expect(claimsIn(answer)).toMatchObject({
      statusCode: 400,
      error: pair.ours.act === undefined ? 'invalid_grant' : 'invalid_request',
    });
  });

  it('takes an assertion once where each call can have a new one, and a person’s token from no one alone', async () => {
    const pair = shown();
    const token = await world.sign(fresh(pair.theirs));
    await present(token, pair);
    const again = claimsIn(await world.assert(token));
    if (pair.ours.act !== undefined) expect(again).toMatchObject({ error: 'unauthorized_client' });
    else if (pair.theirs.jti === undefined || preset === 'kubernetes') expect(again).toMatchObject(pair.ours);
    else expect(again).toMatchObject({ statusCode: 400, error: 'invalid_grant' });
  });

  it('ends with the command at its end', async () => {
    const pair = page.tokens.find(({ theirs }) => theirs.iss === page.removes) ?? shown();
    const { code, stdout } = await world.run([
      'tollgate',
      'issuers',
      'remove',
      page.removes,
      '--yes',
      '--local',
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain(`${page.removes} is trusted no more.\n`);
    expect(claimsIn(await present(await world.sign(fresh(pair.theirs)), pair))).toMatchObject({
      statusCode: 400,
    });
  });
});

describe('docs/issuers/', () => {
  it('has a page for each preset, a row in the table for each page, and strangers for each', () => {
    const files = readdirSync(new URL('../../docs/issuers/', import.meta.url)).filter(
      (name) => name !== 'README.md',
    );
    const pages = presets.map(({ page }) => page).sort();
    expect(files.sort()).toEqual(pages);
    expect(Object.keys(STRANGERS).sort()).toEqual(pages);
  });

  it('shows a record that the server takes', async () => {
    const { tokens } = readPage('README.md');
    await world.client({ clientId: 'ci' });
    await world.file('record.json', tokens[0]?.theirs);
    const { code, stdout } = await world.run([
      'tollgate',
      'issuers',
      'set',
      '--file',
      'record.json',
      '--local',
    ]);
    expect(code, stdout).toBe(0);
  });
});

/** Each use of a token that is shown is one of a new token. */
const fresh = (claims: Claims): Claims => ({
  ...claims,
  ...(claims.jti !== undefined && { jti: randomUUID() }),
});
