import { beforeEach, describe, expect, it } from 'vitest';
import { mintApiKey } from '../../lambdas/domain/secret-format.ts';
import { testRandom } from '../support/clock.ts';
import { operated } from './operated.ts';

const { api, place } = await operated();
beforeEach(() => {
  api.answer(500, '');
  api.take();
});

const ci = {
  client_id: 'ci',
  client_name: 'CI',
  kind: 'service',
  state: 'active',
  scope: 'read:products read:usage',
  roles: ['support'],
  allowed_claims: [],
  created_at: '2026-11-22T12:00:00.000Z',
};

const run = (...args: string[]) => place.runHere([...args, '--local']);
const bodyOf = (seen: { body: string } | undefined): unknown => JSON.parse(seen?.body ?? 'null');

describe('tollgate clients list', () => {
  /** Two pages, the second behind the cursor of the first. */
  const twoPages = () =>
    api.serve(async ({ path }) => ({
      status: 200,
      body: path.includes('cursor=more')
        ? { clients: [{ ...ci, client_id: 'web', state: 'disabled', added_later: 1 }] }
        : { clients: [ci], next: 'more' },
    }));

  it('0: walks all pages, and prints a line for each client', async () => {
    twoPages();
    const { code, stdout, stderr } = await run('clients', 'list');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`  Client  Name  Kind     State     Scopes                    Roles
  ci      CI    service  active    read:products read:usage  support
  web     CI    service  disabled  read:products read:usage  support
`);
    expect(api.take().map(({ method, path, signed }) => `${method} ${path} ${signed}`)).toEqual([
      'GET /admin/clients true',
      'GET /admin/clients?cursor=more true',
    ]);
  });

  it('0: hands on with --json whatever the server says of them, and nothing else', async () => {
    twoPages();
    const { stdout } = await run('clients', 'list', '--json');
    expect(JSON.parse(stdout).clients).toMatchObject([{ client_id: 'ci' }, { added_later: 1 }]);
  });

  it('0: stops after --limit, and asks for no further page', async () => {
    twoPages();
    const { stdout } = await run('clients', 'list', '--limit', '1', '--json');
    expect(JSON.parse(stdout).clients).toHaveLength(1);
    expect(api.take()).toHaveLength(1);
  });

  it('0: asks the server for those of a tenant, in a state, with a role', async () => {
    twoPages();
    const filter = ['--tenant', 'acme', '--state', 'disabled', '--role', 'support'];
    expect(await run('clients', 'list', ...filter)).toMatchObject({ code: 0 });
    const query = 'tenant=acme&state=disabled&role=support';
    expect(api.take().map(({ path }) => path)).toEqual([
      `/admin/clients?${query}`,
      `/admin/clients?${query}&cursor=more`,
    ]);
    api.answer(200, { clients: [] });
    expect((await run('clients', 'list', '--role', 'none')).stdout).toBe('There is no such client.\n');
  });

  it('2: knows which states there are', async () => {
    expect(await run('clients', 'list', '--state', 'over')).toMatchObject({ code: 2 });
    expect(api.take()).toEqual([]);
  });

  it('0: says so where there is none', async () => {
    api.answer(200, { clients: [] });
    expect((await run('clients', 'list')).stdout).toBe('There is no client.\n');
  });

  it('0: reads a page again whose answer did not come, or that was throttled', async () => {
    let asked = 0;
    api.serve(async ({ path }) => {
      if (!path.includes('cursor')) return { status: 200, body: { clients: [ci], next: 'more' } };
      asked += 1;
      return asked === 1
        ? { status: 429, body: { message: 'Too Many Requests' } }
        : { status: 200, body: { clients: [] } };
    });
    api.drop(1);
    expect(await run('clients', 'list')).toMatchObject({ code: 0, stderr: '' });
    expect(api.take()).toHaveLength(4);
  });

  it('1: follows no cursor twice', async () => {
    api.answer(200, { clients: [], next: 'same' });
    expect(await run('clients', 'list')).toMatchObject({ code: 1, stdout: '' });
    expect(api.take()).toHaveLength(2);
  });

  it('prints no character that would control a terminal or turn the text around it', async () => {
    api.answer(200, { clients: [{ ...ci, client_name: 'a\u001b[31m\u202eb\nc\u2028d' }] });
    const { stdout } = await run('clients', 'list');
    expect(stdout).toContain('a [31m b c d');
    for (const character of ['\u001b', '\u202e', '\u2028']) expect(stdout).not.toContain(character);
  });
});

describe('tollgate clients show', () => {
  it('0: shows the client and its credentials', async () => {
    api.answerTo('GET /admin/clients/ci', 200, ci);
    api.answerTo('GET /admin/clients/ci/credentials', 200, {
      credentials: [{ credential_id: 'a1b2c3d4', kind: 'api_key', state: 'active', valid_until: 'later' }],
    });
    const { code, stdout } = await run('clients', 'show', 'ci');
    expect(code).toBe(0);
    expect(stdout).toBe(`  Name       CI
  Client id  ci
  Kind       service
  State      active
  Scopes     read:products read:usage
  Roles      support
  Created    2026-11-22T12:00:00.000Z

  Credential  Kind     State   Valid until
  a1b2c3d4    api_key  active  later
`);
  });

  it('1: says where the ids are', async () => {
    api.answer(404, { code: 'unknown_client', detail: 'There is no client of this id.' });
    const { code, stderr } = await run('clients', 'show', 'nobody');
    expect(code).toBe(1);
    expect(stderr).toMatch(/unknown_client[\s\S]*tollgate clients list/);
  });

  it.each([
    ['an API key', mintApiKey('ci', 'a1b2c3d4', testRandom(1))],
    ['a token', 'eyJhbGciOiJub25lIn0.eyJqdGkiOiIxIn0.c2ln'],
    ['a refresh token', 'tgr_family_secret'],
  ])('2: sends %s in the place of an id nowhere', async (_, secret) => {
    const { code, stderr } = await run('clients', 'show', secret);
    expect({ code, seen: api.take() }).toEqual({ code: 2, seen: [] });
    expect(stderr).not.toContain(secret);
  });

  it('sends an id as one segment of the path, whatever it is', async () => {
    api.answer(404, { code: 'unknown_client', detail: '' });
    await run('clients', 'show', '../budgets?x=\u202e');
    expect(api.take()).toMatchObject([{ path: '/admin/clients/..%2Fbudgets%3Fx%3D%E2%80%AE', signed: true }]);
  });
});

describe('tollgate clients update', () => {
  const answered = () => {
    api.answerTo('GET', 200, ci, { etag: '"r1"' });
    api.answerTo('PATCH', 200, { ...ci, client_name: 'New' });
  };

  it('0: changes what it has read: adds, takes away, replaces and unsets', async () => {
    answered();
    const edit = ['--add-scope', 'write:products', '--remove-scope', 'read:usage', '--name', 'New'];
    const more = ['--token-lifetime', '5m', '--unset', 'tenant', '--unset', 'role'];
    const { code, stdout, stderr } = await run('clients', 'update', 'ci', ...edit, ...more);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [read, changed] = api.take();
    expect(read).toMatchObject({ method: 'GET', signed: true });
    expect(changed).toMatchObject({ method: 'PATCH', signed: true, headers: { 'if-match': '"r1"' } });
    expect(bodyOf(changed)).toEqual({
      client_name: 'New',
      token_lifetime: 300,
      scope: 'read:products write:products',
      tenant: null,
      roles: null,
    });
    expect(stdout).toContain('The client is changed.');
  });

  it('1: where somebody else changed it meanwhile, says to look again', async () => {
    answered();
    api.answerTo('PATCH', 412, { code: 'changed_meanwhile', detail: 'It is not what it was.' });
    const { code, stderr } = await run('clients', 'update', 'ci', '--name', 'New');
    expect(code).toBe(1);
    expect(stderr).toMatch(/changed_meanwhile[\s\S]*Look at it again/);
  });

  it.each([
    ['nothing to change', [], /not said what to change/],
    ['one thing twice', ['--scope', 'a', '--add-scope', 'b'], /said twice what becomes of scope/],
    ['what cannot be unset', ['--unset', 'name'], /Allowed choices are/],
  ])('2: %s', async (_, args, says) => {
    const { code, stderr } = await run('clients', 'update', 'ci', ...args);
    expect({ code, seen: api.take() }).toEqual({ code: 2, seen: [] });
    expect(stderr).toMatch(says);
  });
});

describe('tollgate clients disable and enable', () => {
  it.each([
    ['disable', 'disabled', /no more tokens[\s\S]*tokens revoke --client ci --local/],
    ['enable', 'active', /gets tokens again/],
  ])('0: %s', async (verb, state, says) => {
    api.answerTo('PATCH /admin/clients/ci', 200, { ...ci, state });
    const { code, stdout } = await run('clients', verb, 'ci');
    expect(code).toBe(0);
    expect(stdout).toMatch(says);
    const [seen] = api.take();
    expect(seen?.headers['if-match']).toBe('*');
    expect(bodyOf(seen)).toEqual({ state });
  });
});

describe('tollgate clients delete', () => {
  it('0: with --yes, in one request', async () => {
    api.answerTo('DELETE /admin/clients/ci', 204, '');
    const { code, stdout } = await run('clients', 'delete', 'ci', '--yes');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'ci is deleted, and its tokens are revoked.\n' });
    expect(api.take()).toMatchObject([{ method: 'DELETE', signed: true }]);
  });

  it('2: where there is no terminal to ask on, deletes nothing', async () => {
    api.answerTo('GET', 200, ci, { etag: '"r1"' });
    const { code, stderr } = await run('clients', 'delete', 'ci');
    expect(code).toBe(2);
    expect(stderr).toMatch(/It was not confirmed\.\n.*will delete the client ci \(CI\)[\s\S]*--yes/);
    expect(api.take()).toMatchObject([{ method: 'GET' }]);
  });

  it('1: what names it stands in the refusal, and how to take it out', async () => {
    api.answer(409, { code: 'client_in_use', detail: 'A budget names it.' });
    const { code, stderr } = await run('clients', 'delete', 'ci', '--yes');
    expect(code).toBe(1);
    expect(stderr).toMatch(/A budget names it[\s\S]*budgets remove/);
  });

  it('3: where the connection drops, says that it is not known, and that it can be repeated', async () => {
    api.drop(1);
    const { code, stderr } = await run('clients', 'delete', 'ci', '--yes');
    expect({ code, requests: api.take().length }).toEqual({ code: 3, requests: 1 });
    expect(stderr).toMatch(/Whether it was done is not known\. Do it again/);
  });
});

describe('tollgate clients create', () => {
  const created = { ...ci, client_secret: 'tgs_made-up', api_key: 'tg_made-up' };
  const create = () => run('clients', 'create', '--name', 'CI', '--json');

  it('is asked for once more where the connection drops, by the same random key: the server knows it', async () => {
    api.answer(201, created);
    api.drop(1);
    expect(await create()).toMatchObject({ code: 0, stderr: '' });
    const keys = api.take().map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[\w-]{43}$/);
    await create();
    expect(api.take()[0]?.headers['idempotency-key']).not.toBe(keys[0]);
  });

  it('3: where it drops again, says how to see what became of it', async () => {
    api.drop(2);
    const { code, stderr } = await create();
    expect({ code, requests: api.take().length }).toEqual({ code: 3, requests: 2 });
    expect(stderr).toMatch(/not known[\s\S]*tollgate clients list/);
  });
});
