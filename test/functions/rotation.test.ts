import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createKey } from '../../lambdas/crypto/create-key.ts';
import type { KeyMaterial } from '../../lambdas/domain/key-ring.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { revocationOf } from '../../lambdas/domain/revocation.ts';
import { revocationReader, revocationWriter } from '../../lambdas/store/revocations.ts';
import { DAY, HOUR, MINUTE, NOW, SECOND } from '../support/clock.ts';
import { type Deployment, gateway, login, ROTATION, testDeployment } from '../support/deployment.ts';
import { createTestTable, type TestTable } from '../support/dynamodb.ts';
import { captureOutput } from '../support/output.ts';
import { type TestSecrets, testSecrets } from '../support/secrets.ts';

let secrets: TestSecrets;
let ledger: TestTable;
let pool: KeyMaterial[];
beforeAll(async () => {
  secrets = await testSecrets();
  ledger = await createTestTable();
  pool = await Promise.all(Array.from({ length: 6 }, createKey));
});
afterAll(async () => {
  await secrets.close();
  await ledger.close();
});

const output = captureOutput();
const access = () => ({ client: ledger.client, table: ledger.name });
const iso = (time: number) => new Date(time).toISOString();

let deployment: Deployment;
let kids: string[];
beforeEach(async () => {
  deployment = await testDeployment({ secrets, pool, revocations: revocationWriter(access()) });
  kids = pool.map(({ kid }) => kid);
  secrets.takeOperations();
});

const findRevocation = async (kid: string, iat: number) =>
  revocationOf(await revocationReader(access()).find([{ kind: 'key', id: kid }]), iat / SECOND);

describe('the first rotation', () => {
  it('makes the key that signs and the one that is ready, and publishes both', async () => {
    expect(await deployment.rotation()({})).toEqual({
      signing: kids[0],
      keys: [
        {
          kid: kids[0],
          createdAt: iso(NOW),
          publishedAt: iso(NOW),
          signsFrom: iso(NOW),
          signsUntil: iso(NOW + ROTATION),
          droppedFrom: iso(NOW + ROTATION + 27 * HOUR),
        },
        { kid: kids[1], createdAt: iso(NOW), publishedAt: iso(NOW), signsFrom: iso(NOW + ROTATION) },
      ],
    });
    const token = await login(deployment.signer(), NOW);
    expect(await gateway(deployment).accepts(token)).toBe(true);
  });

  it('is the only one that writes: another at once changes nothing', async () => {
    const rotate = deployment.rotation();
    await rotate({});
    secrets.takeOperations();
    await rotate({});
    expect(secrets.takeOperations()).toEqual(['GetSecretValue', 'GetSecretValue']);
  });

  it('at once in three instances leaves one ring', async () => {
    const summaries = await Promise.all(Array.from({ length: 3 }, () => deployment.rotation()({})));
    expect(new Set(summaries.map(({ signing }) => signing)).size).toBe(1);
    const last = await deployment.rotation()({});
    expect(last.keys).toHaveLength(2);
    expect(await gateway(deployment).accepts(await login(deployment.signer(), NOW))).toBe(true);
  });
});

describe('the event', () => {
  it.each([
    ['of the deployment’s trigger', {}],
    ['of an invocation without a payload', null],
    [
      'of EventBridge',
      {
        version: '0',
        id: '1',
        'detail-type': 'Scheduled Event',
        source: 'aws.events',
        account: '1',
        time: iso(NOW),
        region: 'us-east-1',
        resources: [],
        detail: {},
      },
    ],
  ])('%s asks for a rotation', async (_, event) => {
    expect((await deployment.rotation()(event)).signing).toBe(kids[0]);
  });

  it.each([
    ['a misspelt field', { revokekey: 'x'.repeat(43) }],
    ['one field too many', { revokeKey: 'x'.repeat(43), force: true }],
    ['an emergency inside of a schedule', { source: 'a', 'detail-type': 'b', revokeKey: 'x'.repeat(43) }],
    ['no key id', { revokeKey: '' }],
    ['a list', []],
    ['a text', 'revokeKey'],
  ])('with %s is refused, and nothing is changed', async (_, event) => {
    await expect(deployment.rotation()(event)).rejects.toThrow(/^nothing was changed: /);
    expect(secrets.takeOperations()).toEqual([]);
  });
});

describe('an emergency', () => {
  beforeEach(async () => {
    await deployment.rotation()({});
    deployment.clock.advance(4 * HOUR);
  });

  it('has the ready key sign at once, which every gateway knows already', async () => {
    const at = deployment.clock();
    const front = gateway(deployment);
    await front.fetchKeys();
    deployment.clock.advance(MINUTE);
    const summary = await deployment.rotation()({ revokeKey: kids[0] });
    expect(summary.signing).toBe(kids[1]);
    expect(summary.keys.map(({ kid }) => kid)).toEqual([kids[1], kids[2]]);
    expect(summary.keys[1]).toMatchObject({ signsFrom: iso(at + MINUTE + ROTATION) });
    const token = await login(deployment.signer(), deployment.clock());
    expect(await front.accepts(token)).toBe(true);
  });

  it('takes the key out of the public document', async () => {
    await deployment.rotation()({ revokeKey: kids[0] });
    const { SecretString } = await secrets.client.send(
      new GetSecretValueCommand({ SecretId: deployment.publishedSecret }),
    );
    expect(SecretString).not.toContain(kids[0]);
  });

  it('has every token of the key refused for as long as a gateway may trust it, whatever its iat says', async () => {
    const at = deployment.clock();
    await deployment.rotation()({ revokeKey: kids[0] });
    for (const iat of [at - DAY, at, at + 6 * MINUTE, at + 3 * HOUR]) {
      expect(await findRevocation(String(kids[0]), iat)).toBeDefined();
    }
    const revocation = await findRevocation(String(kids[0]), at);
    expect(revocation?.expiresAt).toBeGreaterThanOrEqual((at + 27 * HOUR) / SECOND);
    expect(revocation).toMatchObject({ revokedAt: expect.any(Number), reason: 'key_compromised' });
    expect(await findRevocation(String(kids[1]), at)).toBeUndefined();
  });

  it('twice loses one key: the second time there is nothing of that name', async () => {
    const rotate = deployment.rotation();
    const first = await rotate({ revokeKey: kids[0] });
    await expect(rotate({ revokeKey: kids[0] })).rejects.toThrow(
      `nothing was changed: there is no key ${kids[0]}`,
    );
    expect(await rotate({})).toEqual(first);
  });

  it('for an unknown key changes nothing', async () => {
    const unknown = 'u'.repeat(43);
    secrets.takeOperations();
    await expect(deployment.rotation()({ revokeKey: unknown })).rejects.toThrow(/^nothing was changed: /);
    expect(secrets.takeOperations()).toEqual(['GetSecretValue', 'GetSecretValue']);
    expect(await findRevocation(unknown, NOW)).toBeUndefined();
  });

  it('leaves logins without a key while the ready one is too young, and no longer', async () => {
    const at = deployment.clock();
    await deployment.rotation()({ revokeKey: kids[0] });
    const summary = await deployment.rotation()({ revokeKey: kids[1] });
    expect(summary.signing).toBeUndefined();
    const keys = deployment.signer();
    await expect(keys.current()).rejects.toThrow(StoreUnavailable);
    deployment.clock.advance(3 * HOUR - 1);
    await expect(keys.current()).rejects.toThrow(StoreUnavailable);
    deployment.clock.advance(1);
    expect((await keys.current()).kid).toBe(kids[2]);
    expect(deployment.clock()).toBe(at + 3 * HOUR);
  });

  it('revokes nothing else and writes no ring where the ledger cannot be written', async () => {
    const revocations = {
      revoke: async () => {
        throw new StoreUnavailable('no ledger');
      },
    };
    const closed = await testDeployment({ secrets, pool, revocations });
    const { keys } = await closed.rotation()({});
    await expect(closed.rotation()({ revokeKey: kids[0] })).rejects.toThrow(StoreUnavailable);
    expect((await closed.rotation()({})).keys).toEqual(keys);
  });
});

describe('a rollback by hand', () => {
  const versionOf = async (SecretId: string) =>
    (await secrets.client.send(new GetSecretValueCommand({ SecretId }))).VersionId;

  it('of the ring to its first version is taken from there', async () => {
    await deployment.rotation()({});
    const first = await versionOf(deployment.ringSecret);
    deployment.clock.advance(ROTATION + HOUR);
    await deployment.rotation()({});
    await secrets.client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: deployment.ringSecret,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: first,
        RemoveFromVersionId: await versionOf(deployment.ringSecret),
      }),
    );
    const summary = await deployment.rotation()({});
    expect(summary.signing).toBe(kids[1]);
    expect(summary.keys).toHaveLength(3);
  });

  it('of the public document is repaired, and the key that was missing starts again', async () => {
    await deployment.rotation()({});
    deployment.clock.advance(HOUR);
    const empty = new PutSecretValueCommand({
      SecretId: deployment.publishedSecret,
      SecretString: '{"keys":[]}',
    });
    await secrets.client.send(empty);
    const summary = await deployment.rotation()({});
    expect(summary.keys[1]).toMatchObject({ publishedAt: iso(NOW + HOUR) });
    expect(await gateway(deployment).accepts(await login(deployment.signer(), deployment.clock()))).toBe(
      true,
    );
  });
});

describe('what is written down', () => {
  it('names keys and times, and no part of any private key', async () => {
    const rotate = deployment.rotation();
    const summary = await rotate({});
    deployment.clock.advance(4 * HOUR);
    await rotate({ revokeKey: kids[0] });
    const lines = output.lines();
    expect(lines.map(({ message }) => message)).toContain('key revoked');
    expect(lines.find(({ message }) => message === 'key signs')).toMatchObject({ kid: kids[0] });
    const written = output.text() + JSON.stringify(summary);
    for (const { privateJwk } of pool) {
      const { d, p, q, dp, dq, qi, n } = privateJwk;
      for (const member of [d, p, q, dp, dq, qi, n]) expect(written).not.toContain(member);
    }
  });
});
