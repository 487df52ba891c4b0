import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SecretsManagerEndpoint, startSecretsManager } from '../../local/secrets-manager.ts';
import { NOW } from '../support/clock.ts';
import { testCredentials } from '../support/dynamodb.ts';

let endpoint: SecretsManagerEndpoint;
let client: SecretsManagerClient;

const clientOf = (url: string) =>
  new SecretsManagerClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: testCredentials,
    maxAttempts: 1,
  });

beforeAll(async () => {
  endpoint = await startSecretsManager({ clock: () => NOW });
  client = clientOf(endpoint.url);
});
afterAll(() => endpoint.close());

const newSecret = async () => {
  const name = `secret-${randomUUID()}`;
  return { name, ...(await endpoint.createSecret(name)) };
};
const get = (SecretId: string, more = {}) => client.send(new GetSecretValueCommand({ SecretId, ...more }));
const put = (SecretId: string, SecretString: string, more = {}) =>
  client.send(new PutSecretValueCommand({ SecretId, SecretString, ...more }));

describe('a secret', () => {
  it('is created once under its name', async () => {
    const { name, arn } = await newSecret();
    expect(await endpoint.createSecret(name)).toEqual({ arn });
    expect(arn).toMatch(
      new RegExp(`^arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-[0-9a-f]{6}$`),
    );
    await expect(client.send(new CreateSecretCommand({ Name: name }))).rejects.toMatchObject({
      name: 'ResourceExistsException',
    });
  });

  it('is not found without a value, and not found where it is not', async () => {
    const { arn } = await newSecret();
    await expect(get(arn)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: expect.stringContaining('AWSCURRENT'),
    });
    await expect(get('no-such-secret')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(put('no-such-secret', 'x')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('is read by name, by ARN and by ARN without its suffix', async () => {
    const { name, arn } = await newSecret();
    await put(name, 'one');
    for (const id of [name, arn, arn.slice(0, -7)]) {
      expect(await get(id)).toMatchObject({ SecretString: 'one', ARN: arn, CreatedDate: new Date(NOW) });
    }
  });
});

describe('PutSecretValue', () => {
  it('moves AWSCURRENT to the new version and AWSPREVIOUS to the one before', async () => {
    const { arn } = await newSecret();
    const versions = [];
    for (const text of ['one', 'two', 'three']) versions.push((await put(arn, text)).VersionId);
    expect(await get(arn)).toMatchObject({ SecretString: 'three', VersionStages: ['AWSCURRENT'] });
    expect(await get(arn, { VersionStage: 'AWSPREVIOUS' })).toMatchObject({ SecretString: 'two' });
    expect(await get(arn, { VersionId: versions[0] })).toMatchObject({ SecretString: 'one' });
    const described = await client.send(new DescribeSecretCommand({ SecretId: arn }));
    expect(described.VersionIdsToStages).toEqual({
      [String(versions[1])]: ['AWSPREVIOUS'],
      [String(versions[2])]: ['AWSCURRENT'],
    });
  });

  it('takes the same token with the same value as the same version, even when it is no longer current', async () => {
    const { arn } = await newSecret();
    const ClientRequestToken = randomUUID();
    await put(arn, 'one', { ClientRequestToken });
    await put(arn, 'two');
    expect(await put(arn, 'one', { ClientRequestToken })).toMatchObject({ VersionId: ClientRequestToken });
    expect(await get(arn)).toMatchObject({ SecretString: 'two' });
  });

  it('refuses the same token with another value', async () => {
    const { arn } = await newSecret();
    const ClientRequestToken = randomUUID();
    await put(arn, 'one', { ClientRequestToken });
    await expect(put(arn, 'two', { ClientRequestToken })).rejects.toMatchObject({
      name: 'ResourceExistsException',
    });
    expect(await get(arn)).toMatchObject({ SecretString: 'one' });
  });

  it('lets one of many writers with the same token win', async () => {
    const { arn } = await newSecret();
    const ClientRequestToken = randomUUID();
    const writers = Array.from({ length: 10 }, (_, n) => put(arn, `value ${n}`, { ClientRequestToken }));
    const outcomes = await Promise.allSettled(writers);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('refuses no value, a short token and a value above 64 KiB', async () => {
    const { arn } = await newSecret();
    await expect(client.send(new PutSecretValueCommand({ SecretId: arn }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    await expect(put(arn, 'x', { ClientRequestToken: 'short' })).rejects.toMatchObject({
      name: 'ValidationException',
    });
    await expect(put(arn, 'x'.repeat(65_537))).rejects.toMatchObject({ name: 'ValidationException' });
  });
});

describe('UpdateSecretVersionStage', () => {
  it('rolls AWSCURRENT back', async () => {
    const { arn } = await newSecret();
    const first = await put(arn, 'one');
    const second = await put(arn, 'two');
    await client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: arn,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: first.VersionId,
        RemoveFromVersionId: second.VersionId,
      }),
    );
    expect(await get(arn)).toMatchObject({ SecretString: 'one' });
    expect(await get(arn, { VersionStage: 'AWSPREVIOUS' })).toMatchObject({ SecretString: 'two' });
  });
});

describe('the endpoint', () => {
  it('refuses an operation that it does not know by its name', async () => {
    await expect(client.send(new ListSecretsCommand({}))).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: expect.stringContaining('ListSecrets'),
    });
  });

  it('answers errors in the shape of AWS', async () => {
    const headers = { 'x-amz-target': 'secretsmanager.GetSecretValue', authorization: 'AWS4' };
    const response = await fetch(endpoint.url, { method: 'POST', headers, body: '{"SecretId":"none"}' });
    expect(response.status).toBe(400);
    expect(response.headers.get('x-amzn-errortype')).toBe('ResourceNotFoundException');
    expect(await response.json()).toEqual({
      __type: 'ResourceNotFoundException',
      message: expect.any(String),
    });
  });

  it('refuses what is unsigned, not JSON, or another service', async () => {
    const send = async (headers: Record<string, string>, body: string) =>
      (await fetch(endpoint.url, { method: 'POST', headers, body })).headers.get('x-amzn-errortype');
    const target = { 'x-amz-target': 'secretsmanager.GetSecretValue' };
    expect(await send(target, '{}')).toBe('MissingAuthenticationTokenException');
    expect(await send({ ...target, authorization: 'AWS4' }, '{')).toBe('SerializationException');
    expect(await send({ 'x-amz-target': 'DynamoDB_20120810.GetItem' }, '{}')).toBe(
      'UnknownOperationException',
    );
  });
});

describe('with a data directory', () => {
  it('keeps each secret in a file that only its owner may read', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'secrets-'));
    try {
      const before = await startSecretsManager({ dataDir });
      const { arn } = await before.createSecret('team/ring');
      await clientOf(before.url).send(new PutSecretValueCommand({ SecretId: arn, SecretString: 'kept' }));
      await before.close();
      const files = await readdir(dataDir);
      expect(files).toEqual(['team%2Fring.json']);
      expect((await stat(join(dataDir, String(files[0])))).mode & 0o777).toBe(0o600);

      const after = await startSecretsManager({ dataDir });
      expect(await after.createSecret('team/ring')).toEqual({ arn });
      const read = await clientOf(after.url).send(new GetSecretValueCommand({ SecretId: arn }));
      expect(read.SecretString).toBe('kept');
      await after.close();
    } finally {
      await rm(dataDir, { recursive: true });
    }
  });

  it('does not start on a file that it cannot read, and does not quote it', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'secrets-'));
    try {
      await writeFile(join(dataDir, 'ring.json'), 'private');
      await expect(startSecretsManager({ dataDir })).rejects.toThrow(/ring\.json does not hold a secret$/);
    } finally {
      await rm(dataDir, { recursive: true });
    }
  });
});
