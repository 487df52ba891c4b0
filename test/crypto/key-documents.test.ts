import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { calculateJwkThumbprint } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKey } from '../../lambdas/crypto/create-key.ts';
import { publishedDocument, ringDocument } from '../../lambdas/crypto/key-documents.ts';
import { CorruptSecret } from '../../lambdas/crypto/ring-format.ts';
import { jwksOf, type KeyMaterial, type Ring } from '../../lambdas/domain/key-ring.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { NOW } from '../support/clock.ts';
import { type TestSecrets, testSecrets } from '../support/secrets.ts';

let secrets: TestSecrets;
let key: KeyMaterial;
beforeAll(async () => {
  secrets = await testSecrets();
  key = await createKey();
});
afterAll(() => secrets.close());

const ringOf = (...times: number[]): Ring => ({ keys: times.map((createdAt) => ({ ...key, createdAt })) });

function documents(secretId: string) {
  const pauses: number[] = [];
  const pause = async (milliseconds: number) => {
    pauses.push(milliseconds);
  };
  const open = () => ringDocument({ client: secrets.client, secretId, pause });
  return { open, pauses };
}

describe('a new key', () => {
  it('is RSA-2048 under its RFC 7638 thumbprint', async () => {
    expect(Buffer.from(key.privateJwk.n, 'base64url')).toHaveLength(256);
    expect(key.kid).toBe(await calculateJwkThumbprint(key.privateJwk));
  });
});

describe('the key ring in its secret', () => {
  it('is nothing at first, and then what was written', async () => {
    const document = documents(await secrets.createSecret()).open();
    const nothing = await document.read();
    expect(nothing).toEqual({ version: undefined, value: undefined });
    expect(await document.replace(nothing, ringOf(NOW))).toBe('written');
    expect((await document.read()).value).toEqual(ringOf(NOW));
  });

  it('is written by one of many who read the same version, the first time and later', async () => {
    const { open } = documents(await secrets.createSecret());
    for (const round of [1, 2, 3]) {
      const writers = await Promise.all(
        Array.from({ length: 8 }, async (_, n) => {
          const document = open();
          return { document, read: await document.read(), value: ringOf(round, n) };
        }),
      );
      const outcomes = await Promise.all(
        writers.map(({ document, read, value }) => document.replace(read, value)),
      );
      expect(outcomes.filter((outcome) => outcome === 'written')).toHaveLength(1);
      const won = writers[outcomes.indexOf('written')]?.value;
      expect((await open().read()).value).toEqual(won);
    }
  });

  it('can be written after a rollback, again and again, still by one of two', async () => {
    const secretId = await secrets.createSecret();
    const { open, pauses } = documents(secretId);
    const first = open();
    await first.replace(await first.read(), ringOf(1));
    const { VersionId: kept } = await secrets.client.send(new GetSecretValueCommand({ SecretId: secretId }));

    for (const round of [2, 3, 4]) {
      const writers = [open(), open()] as const;
      const read = await Promise.all(writers.map((writer) => writer.read()));
      expect(read.map(({ version }) => version)).toEqual([kept, kept]);
      const written = new Set<string>();
      for (let attempt = 0; attempt < round; attempt += 1) {
        const values = await Promise.all(writers.map((writer) => writer.read()));
        if (values.some(({ version }) => version !== kept)) break;
        for (const [n, writer] of writers.entries()) {
          const seen = values[n];
          if (seen !== undefined && (await writer.replace(seen, ringOf(round, n))) === 'written')
            written.add(String(n));
        }
      }
      expect(written.size).toBe(1);
      const { VersionId: current } = await secrets.client.send(
        new GetSecretValueCommand({ SecretId: secretId }),
      );
      expect(current).not.toBe(kept);
      await secrets.client.send(
        new UpdateSecretVersionStageCommand({
          SecretId: secretId,
          VersionStage: 'AWSCURRENT',
          MoveToVersionId: kept,
          RemoveFromVersionId: current,
        }),
      );
    }
    expect(pauses.length).toBeGreaterThan(0);
  });

  it('is not overwritten where it cannot be read, and the error quotes nothing of it', async () => {
    const secretId = await secrets.createSecret();
    for (const SecretString of ['{"private": half', '{"keys":[{"kid":"private"}]}', '[]']) {
      await secrets.client.send(new PutSecretValueCommand({ SecretId: secretId, SecretString }));
      const error = await documents(secretId)
        .open()
        .read()
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(CorruptSecret);
      expect(String(error)).not.toContain('half');
      expect((error as Error).cause).toBeUndefined();
    }
  });

  it('is unavailable where Secrets Manager does not answer', async () => {
    const secretId = await secrets.createSecret();
    const client = secrets.newClient(() => 'before');
    const document = ringDocument({ client, secretId, pause: async () => {} });
    await expect(document.read()).rejects.toThrow(StoreUnavailable);
    const write = document.replace({ version: undefined, value: undefined }, ringOf(NOW));
    await expect(write).rejects.toThrow(StoreUnavailable);
  });
});

describe('the public document', () => {
  it('holds public members only', async () => {
    const secretId = await secrets.createSecret();
    const document = publishedDocument({ client: secrets.client, secretId, pause: async () => {} });
    await document.replace(await document.read(), jwksOf(ringOf(NOW)));
    const { SecretString } = await secrets.client.send(new GetSecretValueCommand({ SecretId: secretId }));
    const { n, e } = key.privateJwk;
    expect(JSON.parse(String(SecretString))).toEqual({
      keys: [{ kty: 'RSA', n, e, alg: 'RS256', use: 'sig', kid: key.kid }],
    });
  });

  it('counts as empty where it cannot be read: it is made anew', async () => {
    const secretId = await secrets.createSecret();
    const broken = new PutSecretValueCommand({ SecretId: secretId, SecretString: 'broken' });
    await secrets.client.send(broken);
    const document = publishedDocument({ client: secrets.client, secretId, pause: async () => {} });
    const read = await document.read();
    expect(read.value).toEqual({ keys: [] });
    expect(await document.replace(read, jwksOf(ringOf(NOW)))).toBe('written');
  });
});
