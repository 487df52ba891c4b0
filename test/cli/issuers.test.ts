import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { operated } from './operated.ts';

const SET = ['issuers', 'set', '--local', '--preset', 'github-actions', '--client', 'ci'];
const ISSUER = 'https://token.actions.githubusercontent.com';
const trusted = {
  issuer: ISSUER,
  state: 'active',
  algorithms: ['RS256'],
  audiences: ['https://api.example.com'],
  single_use: true,
  mappings: [
    {
      match: { repository_id: ['1'], ref: ['refs/heads/main', 'refs/heads/next'] },
      ...{ client_id: 'ci', subject: 'github:{repository}', scope: 'read:products', roles: [], claims: {} },
      roles_from: { claim: 'groups', values: { admins: ['support'] } },
      token_lifetime: 600,
    },
  ],
};

const { api, place } = await operated();
beforeAll(async () => {
  const secret = { kty: 'oct', k: 'c2VjcmV0' };
  await place.file('private.json', secret);
  await place.file('record-private.json', { issuer: ISSUER, jwks: { keys: [secret] } });
});
beforeEach(() => {
  api.take();
});

const sent = () =>
  api.take().map(({ body, ...request }) => ({ ...request, body: body === '' ? '' : JSON.parse(body) }));

describe('tollgate issuers set', () => {
  it('sends the record of the preset and the options, signed, and shows what the server made of it', async () => {
    api.answer(201, trusted);
    const options = [
      ...['--match', 'repository_id=1', '--match', 'ref=refs/heads/main', '--match', 'ref=refs/heads/next'],
      ...['--match', '__proto__=x', '--scope', 'read:products', '--scope', 'read:usage', '--role', 'support'],
      ...['--roles-from', 'groups:admins=support', '--roles-from', 'groups:admins=catalogue'],
      ...['--scopes-from', 'https://acme.example/can:products:edit=write:products'],
      ...['--tenant', '{repository_owner_id}', '--claim', 'run={run_id}', '--token-lifetime', '10m'],
      ...['--subject', 'ci:{repository_id}', '--audience', 'a', '--audience', 'b', '--no-single-use'],
    ];
    const { code, stdout, stderr } = await place.run([...SET, ...options]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const match = '{"repository_id":"1","ref":["refs/heads/main","refs/heads/next"],"__proto__":"x"}';
    expect(sent()).toMatchObject([
      {
        ...{ method: 'PUT', path: '/admin/issuers', signed: true },
        body: {
          ...{ issuer: ISSUER, algorithms: ['RS256'], audiences: ['a', 'b'], single_use: false },
          mappings: [
            {
              match: JSON.parse(match),
              ...{ client_id: 'ci', subject: 'ci:{repository_id}', tenant: '{repository_owner_id}' },
              ...{ scope: 'read:products read:usage', roles: ['support'] },
              scopes_from: {
                claim: 'https://acme.example/can',
                values: { 'products:edit': 'write:products' },
              },
              roles_from: { claim: 'groups', values: { admins: ['support', 'catalogue'] } },
              ...{ claims: { run: '{run_id}' }, token_lifetime: 600 },
            },
          ],
        },
      },
    ]);
    expect(stdout).toBe(`The issuer is trusted.

  Issuer          ${ISSUER}
  Keys            by its discovery document
  Algorithms      RS256
  Audiences       https://api.example.com
  A token counts  once
  Mapping 1       repository_id=1 ref=refs/heads/main|refs/heads/next
    becomes       github:{repository} of the client ci
    scopes        read:products
    roles         admins=support (by groups)
    lives         600 s at most

Runs of pull_request_target and issue_comment have the default branch as their ref; match event_name too.

A workload hands its own token over: its client needs the grant jwt-bearer.

docs/issuers/github-actions.md shows the call. See all that are trusted:

  npx tollgate issuers list --local
`);
  });

  it('appends to what is there, or begins', async () => {
    api.answer(200, trusted);
    api.answerTo('GET', 200, { issuers: [{ ...trusted, added_later: 1 }] });
    const options = ['--match', 'repository_id=2', '--audience', 'b', '--append', '--json'];
    const { code, stdout } = await place.runHere([...SET, ...options]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(trusted);
    const mappings = [
      ...trusted.mappings,
      { match: { repository_id: '2' }, client_id: 'ci', subject: 'github:{repository}' },
    ];
    const audiences = [...trusted.audiences, 'b'];
    expect(sent()).toMatchObject([
      { method: 'GET', signed: true },
      { method: 'PUT', signed: true, body: { ...trusted, audiences, mappings, added_later: 1 } },
    ]);
  });

  it('appends to what it has seen, and to nothing else: the second of two operators is refused', async () => {
    const conditions: (string | undefined)[][] = [];
    let there: object[] = [{ ...trusted, etag: '"1"' }];
    api.serve(async ({ method, headers, body }) => {
      if (method === 'GET') return { status: 200, body: { issuers: there } };
      conditions.push([headers['if-match'], headers['if-none-match']]);
      expect(body).not.toContain('etag');
      return { status: 412, body: { code: 'changed_meanwhile', detail: 'It is not what it was.' } };
    });
    const append = () => place.runHere([...SET, '--match', 'repository_id=2', '--append']);
    const { code, stdout, stderr } = await append();
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/changed_meanwhile[\s\S]*Look at it again/);
    there = [];
    expect((await append()).code).toBe(1);
    expect(conditions).toEqual([
      ['"1"', undefined],
      [undefined, '*'],
    ]);
  });

  it('sends a file as it is', async () => {
    api.answer(200, trusted);
    await place.file('record.json', { any: 'thing' });
    const { code, stdout } = await place.runHere(['issuers', 'set', '--local', '--file', 'record.json']);
    expect(code).toBe(0);
    expect(stdout).toContain('The issuer was trusted before; what was said of it is replaced by this.');
    expect(sent()).toMatchObject([{ method: 'PUT', body: { any: 'thing' } }]);
  });

  it('says why the server refuses, and what to do', async () => {
    api.answer(400, { code: 'unknown_client', detail: 'There is no client ci.' });
    const { code, stderr } = await place.runHere([...SET, '--match', 'repository_id=1']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/unknown_client.*There is no client ci[\s\S]*clients create/);
  });
});

describe('tollgate issuers: used in a way it cannot be', () => {
  const MATCH = ['--match', 'repository_id=1'];
  it.each([
    ['neither preset nor file', ['issuers', 'set', '--local', '--client', 'ci'], /--preset, or --file/],
    ['both', [...SET, '--file', 'x'], /whole record/],
    ['a file, and more', ['issuers', 'set', '--local', '--file', 'x', '--client', 'ci'], /whole record/],
    ['no client', SET.slice(0, -2), /--client/],
    ['a match without a value', [...SET, '--match', 'ref'], /--match ref is no name=value/],
    ['a parameter twice', [...SET, ...MATCH, '--param', 'a=1', '--param', 'a=2'], /same thing twice/],
    [
      'two claims for roles',
      [...SET, ...MATCH, '--roles-from', 'a:x=1', '--roles-from', 'b:x=1'],
      /one claim only/,
    ],
    ['a private key', [...SET, ...MATCH, '--jwks', 'private.json'], /private[^;]*; it was sent nowhere/],
    [
      'a private key in a record',
      ['issuers', 'set', '--local', '--file', 'record-private.json'],
      /private[^;]*; it was sent nowhere/,
    ],
    [
      'a rule for roles without a claim',
      [...SET, ...MATCH, '--roles-from', 'x=1'],
      /--roles-from x=1 is no claim:value=/,
    ],
    [
      'a file that is none',
      ['issuers', 'set', '--local', '--file', 'none.json'],
      /none\.json cannot be read/,
    ],
    [
      'removing, where nobody can be asked',
      ['issuers', 'remove', '--local', ISSUER],
      /It was not confirmed[\s\S]*--yes/,
    ],
  ])('%s', async (_, args, says) => {
    const { code, stdout, stderr } = await place.runHere(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
  });
});

describe('tollgate issuers list, remove and presets', () => {
  it('lists, for people and for programs, and lets no server write to the terminal what is not text', async () => {
    api.answer(200, { issuers: [{ ...trusted, audiences: ['a\u001b[2Jb'], state: 'disabled' }] });
    const { stdout } = await place.runHere(['issuers', 'list', '--local']);
    expect(stdout).toMatch(/State +disabled\n[\s\S]*Audiences +a \[2Jb\n/);
    const json = await place.runHere(['issuers', 'list', '--local', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ issuers: [{ issuer: ISSUER }] });
    api.answer(200, { issuers: [] });
    expect((await place.runHere(['issuers', 'list', '--local'])).stdout).toBe('No issuer is trusted.\n');
  });

  it('removes the one that is named, by a signed query', async () => {
    api.answer(204, '');
    const issuer = 'https://sso.example.com/realms/a&b=c';
    const { code, stdout } = await place.run(['issuers', 'remove', issuer, '--yes', '--local']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${issuer} is trusted no more.\n` });
    const path = `/admin/issuers?${new URLSearchParams({ issuer })}`;
    expect(sent()).toMatchObject([{ method: 'DELETE', path, signed: true, body: '' }]);
    api.answer(404, { code: 'unknown_issuer', detail: 'This issuer is not trusted.' });
    const again = await place.runHere(['issuers', 'remove', issuer, '--yes', '--local']);
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(/not trusted[\s\S]*issuers list/);
  });

  it('tells the presets without a deployment', async () => {
    const { code, stdout } = await place.runHere(['issuers', 'presets']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /entra-id +Microsoft Entra ID\n +issuer +https:[\s\S]*--param tenant[\s\S]*docs\/issuers\/entra-id\.md/,
    );
  });
});
