import { beforeEach, describe, expect, it } from 'vitest';
import { operated } from './operated.ts';

const auditor = { role: 'auditor', scopes: ['read:usage', 'read:usage:all'], declared: false };

const { api, place } = await operated();
beforeEach(() => {
  api.take();
});

const sent = () =>
  api.take().map(({ body, ...request }) => ({ ...request, body: body === '' ? '' : JSON.parse(body) }));

describe('tollgate roles set', () => {
  const SET = ['roles', 'set', 'auditor', '--local', '--scope', 'read:usage', '--scope', 'read:usage:all'];

  it('says what a role amounts to, signed, and shows what the server has', async () => {
    api.answer(201, { ...auditor, description: 'Reads the books' });
    const { code, stdout, stderr } = await place.runHere([...SET, '--description', 'Reads the books']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(sent()).toMatchObject([
      {
        ...{ method: 'PUT', path: '/admin/roles/auditor', signed: true },
        body: { scopes: ['read:usage', 'read:usage:all'], description: 'Reads the books' },
      },
    ]);
    expect(stdout).toBe(`The role is set.

  Role         auditor
  Scopes       read:usage read:usage:all
  Description  Reads the books

It counts for tokens that are issued a minute from now on.

Give it to a client:

  npx tollgate clients update <client-id> --add-role auditor --local
`);
  });

  it('takes scopes as a string has them, tells a change from a new one, and prints JSON for programs', async () => {
    api.answer(200, { ...auditor, added_later: 1 });
    const args = ['roles', 'set', 'auditor', '--local', '--scope', 'read:usage read:usage:all'];
    expect((await place.runHere(args)).stdout).toContain('There was a role of this name');
    expect(sent()).toMatchObject([{ body: { scopes: auditor.scopes } }]);
    const { stdout } = await place.runHere([...args, '--json']);
    expect(JSON.parse(stdout)).toEqual({ ...auditor, added_later: 1 });
  });

  it.each([
    ['no scope', ['auditor'], /what the role gives[\s\S]*--scope/],
    ['a name with a path in it', ['../clients', '--scope', 'a'], /no name that a role can have/],
    ['a name that is turned around', ['a\u202eb', '--scope', 'a'], /no name that a role can have/],
    ['no name', ['--scope', 'a'], /missing required argument 'role'/],
  ])('refuses %s, and sends nothing', async (_, args, says) => {
    const { code, stdout, stderr } = await place.runHere(['roles', 'set', '--local', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
    expect(sent()).toEqual([]);
  });

  it.each([
    ['role_declared', 409, /roles set --help/],
    ['unknown_scope', 400, /lambdas\/routes\.ts/],
  ])('says what to do where the server refuses with %s', async (code, status, says) => {
    api.answer(status, { code, detail: 'No.' });
    const refused = await place.runHere(SET);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(says)]);
  });
});

describe('tollgate roles list', () => {
  it('has a line for each, for people; JSON for programs', async () => {
    const declared = { role: 'support', scopes: ['read:users'], declared: true };
    const hostile = { ...auditor, description: 'a\u001b[2Jb\u202e' };
    api.answer(200, { roles: [declared, hostile] });
    const { code, stdout } = await place.runHere(['roles', 'list', '--local']);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `  Role     Scopes                     Set by          Description
  support  read:users                 the deployment
  auditor  read:usage read:usage:all  operators       a [2Jb
`,
    });
    expect(sent()).toMatchObject([{ method: 'GET', path: '/admin/roles', signed: true }]);
    const json = await place.runHere(['roles', 'list', '--local', '--json']);
    expect(JSON.parse(json.stdout)).toEqual({ roles: [declared, hostile] });
    api.answer(200, { roles: [] });
    expect((await place.runHere(['roles', 'list', '--local'])).stdout).toBe('There is no role.\n');
  });
});

describe('tollgate roles remove', () => {
  const REMOVE = ['roles', 'remove', 'auditor', '--local'];

  it('removes it, once that is confirmed', async () => {
    api.answer(204, '');
    const unconfirmed = await place.runHere(REMOVE);
    expect(unconfirmed).toMatchObject({ code: 2, stdout: '' });
    expect(unconfirmed.stderr).toContain('will remove the role auditor');
    expect(sent()).toEqual([]);
    const { code, stdout } = await place.runHere([...REMOVE, '--yes']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'The role auditor is removed.\n' });
    expect(sent()).toMatchObject([
      { method: 'DELETE', path: '/admin/roles/auditor', signed: true, body: '' },
    ]);
  });

  it.each([
    ['role_in_use', 409, 'the client ci has the role', /the client ci has the role[\s\S]*clients update/],
    ['unknown_role', 404, 'There is no such role.', /roles list/],
  ])('says what to do where the server refuses with %s', async (code, status, detail, says) => {
    api.answer(status, { code, detail });
    const refused = await place.runHere([...REMOVE, '--yes']);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(says)]);
  });
});
