import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { mintApiKey } from '../../lambdas/domain/secret-format.ts';
import { testRandom } from '../support/clock.ts';
import { operated } from './operated.ts';

const PATH = '/admin/clients/ci/credentials';
const ROTATE = ['credentials', 'rotate', 'a1b2c3d4', '--local', '--client', 'ci'];
const added = {
  client_id: 'ci',
  credential_id: 'e5f6g7h8',
  kind: 'api_key',
  api_key: mintApiKey('ci', 'e5f6g7h8', testRandom(1)),
  replaced: { credential_id: 'a1b2c3d4', valid_until: '2026-11-29T12:00:00.000Z' },
};

const { api, place } = await operated();
beforeEach(() => void api.take());

describe('tollgate credentials rotate', () => {
  it('0: sends one signed request, shows the secret once, and until when the old one is good', async () => {
    api.answer(201, added);
    const { code, stdout, stderr } = await place.run([...ROTATE, '--overlap', '7d']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [seen, ...others] = api.take();
    expect(others).toEqual([]);
    expect(seen).toMatchObject({ method: 'POST', path: PATH, signed: true });
    expect(JSON.parse(seen?.body ?? '')).toEqual({ replaces: 'a1b2c3d4', overlap: 604_800 });
    expect(stdout).toBe(`The credential is replaced.

  Client id      ci
  Credential id  e5f6g7h8
  Kind           api_key
  API key        ${added.api_key}
  Replaces       a1b2c3d4
  which ends     2026-11-29T12:00:00.000Z

Keep it now: it is stored nowhere and cannot be shown again.

Log in; it asks for the secret:

  npx tollgate login --local --client ci
`);
  });

  it('1: says what the server said, and where to find the id', async () => {
    api.answer(404, { code: 'unknown_credential', detail: 'The client has no credential of the id.' });
    const { code, stdout, stderr } = await place.runHere([...ROTATE, '--json']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/unknown_credential[\s\S]*tg_<client>_<credential>/);
  });
});

describe('tollgate credentials rotate: 2, a secret in the place of its id', () => {
  it.each([
    ['an API key', 'tg_ci_a1b2c3d4_not-shown'],
    ['an API key of a client with _', 'tg_my_app.Two_a1b2c3d4_not-shown'],
    ['a client secret', 'tgs_a1b2c3d4_not-shown'],
  ])('sends %s nowhere, and says which its id is', async (_, secret) => {
    const { code, stderr } = await place.runHere([
      'credentials',
      'rotate',
      secret,
      '--local',
      '--client',
      'ci',
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('Give its id, a1b2c3d4.');
    expect(stderr).not.toContain('not-shown');
    expect(api.take()).toEqual([]);
  });
});

describe('tollgate credentials add', () => {
  it('0: registers the public key of a PEM file, and prints nothing but JSON with --json', async () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    const jwk = publicKey.export({ format: 'jwk' });
    await writeFile(join(place.folder, 'public.pem'), publicKey.export({ format: 'pem', type: 'spki' }));
    const answer = { client_id: 'ci', credential_id: 'kid', kind: 'public_key', jwk, added_later: 1 };
    api.answer(201, answer);
    const args = ['--local', '--client', 'ci', '--key', 'public.pem', '--expires-in', '90d', '--json'];
    const { code, stdout, stderr } = await place.run(['credentials', 'add', ...args]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual(answer);
    expect(JSON.parse(api.take()[0]?.body ?? '')).toEqual({ jwk, expires_in: 7_776_000 });
  });

  describe('2: used in a way it cannot be', () => {
    it.each([
      ['no kind', [], /--kind api_key/],
      ['a kind and a key', ['--kind', 'api_key', '--key', 'public.pem'], /cannot be used with/],
    ])('%s', async (_, args, says) => {
      const { code, stdout, stderr } = await place.runHere([
        'credentials',
        'add',
        '--local',
        '--client',
        'ci',
        ...args,
      ]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(says);
      expect(api.take()).toEqual([]);
    });
  });
});
