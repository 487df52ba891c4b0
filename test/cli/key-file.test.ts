import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CommandFailure } from '../../cli/failure.ts';
import { readKey, readKeys } from '../../cli/key-file.ts';
import { duration } from '../../cli/options.ts';

const folder = mkdtempSync(join(tmpdir(), 'tollgate-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = publicKey.export({ format: 'jwk' });
const privateJwk = privateKey.export({ format: 'jwk' });

function file(content: unknown): string {
  const path = join(folder, 'keys');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function failureOf(read: () => unknown): CommandFailure | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    return error instanceof CommandFailure ? error : undefined;
  }
}

describe('a file of keys', () => {
  it.each([
    ['a JWK Set', { keys: [jwk] }],
    ['a JWK', jwk],
    ['PEM', publicKey.export({ format: 'pem', type: 'spki' })],
  ])('is %s', (_, content) => {
    expect(readKeys(file(content))).toEqual([jwk]);
    expect(readKey(file(content))).toEqual(jwk);
  });

  it.each([
    ['a private JWK', privateJwk],
    ['a set with a private JWK in it', { keys: [jwk, privateJwk] }],
    ['a symmetric key', { kty: 'oct', k: 'c2VjcmV0' }],
    ['the PEM of a private key', privateKey.export({ format: 'pem', type: 'pkcs8' })],
    ['the PEM of an older private key', privateKey.export({ format: 'pem', type: 'sec1' })],
  ])('is refused here, and not by the server: %s', (_, content) => {
    const failure = failureOf(() => readKeys(file(content)));
    expect(failure).toMatchObject({ exitCode: 2, message: expect.stringContaining('sent nowhere') });
  });

  it.each([
    ['nothing', ''],
    ['no key', 'null'],
    ['no keys', { keys: [] }],
    ['something else beside keys', { keys: [jwk, 7] }],
    ['broken PEM', '-----BEGIN PUBLIC KEY-----\nonly-here\n-----END PUBLIC KEY-----'],
    ['broken JSON', '{"kty": "EC", "x": "only-here'],
  ])('is refused, and not quoted: %s', (_, content) => {
    const failure = failureOf(() => readKeys(file(content)));
    expect(failure).toMatchObject({ exitCode: 2 });
    expect(`${failure?.message}${failure?.next}`).not.toContain('only-here');
  });

  it('has to be there, and have one key where one is asked for', () => {
    expect(failureOf(() => readKeys(join(folder, 'nowhere')))?.message).toContain('ENOENT');
    expect(failureOf(() => readKey(file({ keys: [jwk, jwk] })))?.message).toContain('not exactly one key');
  });
});

describe('a duration', () => {
  it.each([
    ['0', 0],
    ['90', 90],
    ['90s', 90],
    ['30m', 1800],
    ['24h', 86_400],
    ['7d', 604_800],
  ])('%s is %i seconds', (text, seconds) => expect(duration(text)).toBe(seconds));

  it.each(['', 'h', '-1h', '1.5h', '1w', '24 h', '1h30m', '1e3', '9999999999'])('is not %j', (text) => {
    expect(() => duration(text)).toThrow('a time such as');
  });
});
