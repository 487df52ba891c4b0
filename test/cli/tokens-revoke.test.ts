import { beforeEach, describe, expect, it } from 'vitest';
import { mintApiKey } from '../../lambdas/domain/secret-format.ts';
import { testRandom } from '../support/clock.ts';
import { operated } from './operated.ts';

const JTI = '019aa000-0000-7000-8000-000000000001';
const KID = 'k'.repeat(43);
const answer = { revoked: true, target: { kind: 'client', id: 'ci' }, issued_before: 1_795_348_800 };

const { api, place } = await operated();
beforeEach(() => {
  api.answer(200, answer);
  api.take();
});

const revoke = (...args: string[]) => place.runHere(['tokens', 'revoke', ...args, '--local']);
const posted = () =>
  api
    .take()
    .flatMap(({ method, path, signed, body }) =>
      method === 'POST' ? [{ path, signed, body: JSON.parse(body) }] : [],
    );

describe('tollgate tokens revoke', () => {
  it.each([
    [['--jti', JTI], { jti: JTI }, `the token ${JTI}`],
    [['--client', 'ci'], { client_id: 'ci' }, 'all tokens of the client ci'],
    [['--subject', 'github:a/b'], { subject: 'github:a/b' }, 'all tokens of the subject github:a/b'],
    [['--tenant', 'acme'], { tenant: 'acme' }, 'all tokens of the tenant acme'],
    [['--key', KID], { kid: KID }, `all tokens of the key ${KID}`],
    [
      ['--credential', 'ci/https://idp.example/x'],
      { client_id: 'ci', credential_id: 'https://idp.example/x' },
      'all tokens of the credential https://idp.example/x of ci',
    ],
    [
      ['--client', 'ci', '--issued-before', '2026-11-22T13:00:00+01:00'],
      { client_id: 'ci', issued_before: 1_795_348_800 },
      'all tokens of the client ci, issued up to 2026-11-22T12:00:00.000Z',
    ],
  ])('0: %j is one request, signed', async (args, body, says) => {
    const { code, stdout, stderr } = await revoke(...args, '--yes');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`Revoked: ${says}. From the next call on that is refused.\n`);
    expect(posted()).toEqual([{ path: '/admin/revocations', signed: true, body }]);
  });

  it('0: all tokens up to a time; --json hands on the answer', async () => {
    const all = { revoked: 'already', issued_before: 1_795_348_800, keys: [{ ...answer, added_later: 1 }] };
    api.answer(200, all);
    const args = ['tokens', 'revoke', '--local', '--issued-before', '1795348800', '--yes'];
    const { code, stdout } = await place.runHere(args);
    expect([code, stdout]).toEqual([
      0,
      'Revoked before: every token of every client, issued up to 2026-11-22T12:00:00.000Z.\n',
    ]);
    expect(posted()).toMatchObject([{ body: { issued_before: 1_795_348_800 } }]);
    expect(JSON.parse((await revoke('--issued-before', 'now', '--yes', '--json')).stdout)).toEqual(all);
  });

  it('0: warns where there is no such client, which may be a slip, and revokes all the same', async () => {
    api.answerTo('GET /admin/clients/gone', 404, { code: 'unknown_client', detail: 'There is no client.' });
    const { code, stderr } = await revoke('--client', 'gone', '--yes');
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/warning: There is no client gone[\s\S]*clients list --local/),
    ]);
    expect(posted()).toMatchObject([{ body: { client_id: 'gone' } }]);
  });

  it('2: does nothing without a confirmation, and says what would happen', async () => {
    const { code, stderr } = await revoke('--tenant', 'a\u001b[2Jb');
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('will refuse all tokens of the tenant a [2Jb.'),
    ]);
    expect(posted()).toEqual([]);
  });

  it.each([
    ['nothing', [], /It was not said what to revoke[\s\S]*--issued-before for all/],
    ['two things', ['--jti', JTI, '--tenant', 'a'], /--jti and --tenant were both given/],
    ['a credential without its client', ['--credential', 'a1b2c3d4'], /<client-id>\/<credential-id>/],
    ['a time without a zone', ['--client', 'a', '--issued-before', '2026-11-22T12:00:00'], /with its zone/],
    ['a time that is none', ['--client', 'a', '--issued-before', 'yesterday'], /with its zone/],
    ['a month that is none', ['--client', 'a', '--issued-before', '2026-13-22T12:00:00Z'], /with its zone/],
    ['a key in the place of an id', ['--client', mintApiKey('ci', 'a1b2c3d4', testRandom())], /is a secret/],
  ])('2: refuses %s, and asks nobody', async (_, args, says) => {
    const { code, stderr } = await revoke(...args, '--yes');
    expect([code, stderr]).toEqual([2, expect.stringMatching(says)]);
    expect(api.take()).toEqual([]);
  });

  it('1: says why the server refuses, and what to do', async () => {
    api.answer(400, { code: 'invalid_issued_before', detail: 'issued_before has to be past' });
    const { code, stderr } = await revoke('--tenant', 'a', '--yes');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/has to be past[\s\S]*by the server's clock/)]);
  });
});
