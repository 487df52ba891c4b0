import { beforeEach, describe, expect, it } from 'vitest';
import { operated } from './operated.ts';

const [FIRST, SECOND, THIRD] = ['a', 'b', 'c'].map((letter) => letter.repeat(43)) as [string, string, string];
const published = { created_at: '2026-11-22T09:00:00.000Z', published_at: '2026-11-22T09:00:00.000Z' };
const ring = {
  signing: FIRST,
  keys: [
    { kid: FIRST, state: 'signing', ...published, signs_from: '2026-11-22T09:00:00.000Z' },
    { kid: SECOND, state: 'new', ...published, may_sign_from: '2026-11-22T12:00:00.000Z', added_later: 1 },
  ],
};

const { api, place } = await operated();
beforeEach(() => {
  api.answer(200, ring);
  api.take();
});

const keys = (...args: string[]) => place.runHere(['keys', ...args, '--local']);
const sent = () => api.take().map(({ method, path, signed, body }) => [method, path, signed, body]);

describe('tollgate keys list', () => {
  it('0: a line for each key, and which one signs', async () => {
    const { code, stdout, stderr } = await place.runHere(['keys', 'list', '--local']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['Key', 'State', 'Published', 'May sign from', 'Signs from'],
      [FIRST, 'signs', '2026-11-22T09:00:00Z', '2026-11-22T09:00:00Z'],
      [SECOND, 'too new to sign', '2026-11-22T09:00:00Z', '2026-11-22T12:00:00Z'],
      [''],
    ]);
    expect(sent()).toEqual([['GET', '/admin/keys', true, '']]);
  });

  it('0: hands on with --json what the server says, and says aloud that no key signs', async () => {
    expect(JSON.parse((await keys('list', '--json')).stdout)).toEqual(ring);
    api.answer(200, { ...ring, signing: null });
    expect((await keys('list')).stdout).toMatch(/No key signs now/);
    api.answer(200, { signing: null, keys: [] });
    expect((await keys('list')).stdout).toMatch(/^There is no key yet/);
  });

  it('1: takes no answer that is none of ours', async () => {
    api.answer(200, { keys: [{}] });
    expect(await keys('list')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("not one of Tollgate's"),
    });
  });
});

describe('tollgate keys rotate', () => {
  it('0: rotates once it is confirmed, and shows the ring', async () => {
    api.answer(200, { ...ring, signing: SECOND });
    const { code, stdout, stderr } = await place.runHere(['keys', 'rotate', '--local', '--yes']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^${SECOND} signs\\.\n\n +Key`));
    expect(sent()).toEqual([['POST', '/admin/keys/rotations', true, '{}']]);
  });

  it('0: drops a lost key, and says what that means', async () => {
    api.answer(200, { signing: null, keys: [{ kid: THIRD, state: 'new' }] });
    const { code, stdout } = await keys('rotate', '--emergency', FIRST, '--yes');
    expect(code).toBe(0);
    expect(stdout).toMatch(/is dropped, and all that it signed is refused\. No key is ready/);
    expect(sent()).toEqual([['POST', '/admin/keys/rotations', true, JSON.stringify({ revoke_key: FIRST })]]);
    expect(JSON.parse((await keys('rotate', '--yes', '--json')).stdout)).toHaveProperty('signing');
  });

  it.each([
    ['a rotation', [], /will sign with its next key from now on/],
    [
      'an emergency',
      ['--emergency', FIRST],
      /will drop the key a+ for good\. Every token that it signed is refused/,
    ],
  ])('2: does nothing without a confirmation of %s, and says what it means', async (_, args, says) => {
    const { code, stderr } = await keys('rotate', ...args);
    expect({ code, posted: sent().filter(([method]) => method === 'POST') }).toEqual({ code: 2, posted: [] });
    expect(stderr).toMatch(/It was not confirmed\./);
    expect(stderr).toMatch(says);
  });

  it.each([
    [
      FIRST,
      /No other key may sign before 2026-11-22T12:00:00\.000Z: until then logins are answered with 503/,
    ],
    [SECOND, /its clients log in again\. There is no terminal/],
  ])('2: says before an emergency whether another key may sign', async (kid, says) => {
    expect((await keys('rotate', '--emergency', kid)).stderr).toMatch(says);
  });

  it('2: without a kid it is the key that signs, which is named before; a script has to name it', async () => {
    expect((await keys('rotate', '--emergency')).stderr).toContain(`will drop the key ${FIRST} for good`);
    expect((await keys('rotate', '--emergency', '--yes')).stderr).toMatch(/not said which key is lost/);
    api.answer(200, { ...ring, signing: null });
    expect((await keys('rotate', '--emergency')).stderr).toMatch(/No key signs now/);
    expect(sent().filter(([method]) => method === 'POST')).toEqual([]);
  });

  it('2: takes no id that is none', async () => {
    const { code, stderr } = await keys('rotate', '--emergency', 'x\u001b[2Jy', '--yes');
    expect([code, stderr]).toEqual([2, expect.stringMatching(/x \[2Jy is no key's id[\s\S]*keys list/)]);
    expect(sent()).toEqual([]);
  });

  it.each([
    [409, 'key_not_ready', /Wait until then[\s\S]*--emergency/],
    [404, 'unknown_key', /it is done[\s\S]*keys list --local/],
    [409, 'ring_changed', /keys list --local/],
    [503, 'key_ring_unavailable', /Try again/],
  ])('1: says what to do about %i %s', async (status, code, says) => {
    api.answer(status, { code, detail: 'The next key may sign from 2026-11-22T12:00:00.000Z on.' });
    const { code: exit, stderr } = await keys('rotate', '--yes');
    expect([exit, stderr]).toEqual([1, expect.stringMatching(says)]);
    expect(stderr).toContain('2026-11-22T12:00:00.000Z');
  });
});
