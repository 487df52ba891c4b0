import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCloudAssembly } from '../../local/cloud-assembly.ts';
import { type Contract, removeContract, writeContract } from '../../local/contract.ts';
import { openLogs } from '../../local/logs.ts';
import { openState } from '../../local/state.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tollgate-files-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const service = { clientId: 'reader', clientSecret: 'one', apiKey: 'two' };
const clients = {
  ...{ reader: service, writer: service, gateway: service },
  alice: { clientId: 'alice', password: 'three' },
};

const contract: Contract = {
  url: 'http://127.0.0.1:8787',
  clients,
  aws: {
    accessKeyId: 'LOCALOPERATOR',
    secretAccessKey: 'four',
    region: 'us-east-1',
    endpoints: {
      dynamodb: 'http://127.0.0.1:1',
      secretsmanager: 'http://127.0.0.1:2',
      eventbridge: 'http://127.0.0.1:3',
    },
  },
};

describe('local.json', () => {
  it('is readable by its owner alone, also where it was there before', async () => {
    const file = join(folder, 'home', 'local.json');
    await mkdir(join(folder, 'home'));
    await writeFile(file, '{}', { mode: 0o644 });
    await writeContract(file, contract);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(contract);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('is removed by the runner that wrote it, and by no other', async () => {
    const file = join(folder, 'local.json');
    await writeContract(file, contract);
    await removeContract(file, 'http://127.0.0.1:1111');
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(contract);
    await removeContract(file, contract.url);
    await expect(stat(file)).rejects.toThrow('ENOENT');
    await removeContract(file, contract.url);
  });
});

describe('the state', () => {
  it('is in memory without a folder', async () => {
    expect(await openState(undefined, true)).toMatchObject({ tables: undefined, secrets: undefined });
  });

  it('keeps what the demo clients log in with, for its owner alone', async () => {
    const data = join(folder, 'data');
    await (await openState(data, false)).keepClients(clients);
    expect((await openState(data, false)).clients).toEqual(clients);
    expect((await stat(join(data, 'clients.json'))).mode & 0o777).toBe(0o600);
  });

  it('is empty with --fresh, which leaves alone what is not its own', async () => {
    const { keepClients, tables = '' } = await openState(folder, false);
    await keepClients(clients);
    await mkdir(tables);
    await writeFile(join(folder, 'notes.txt'), 'mine');
    expect((await openState(folder, true)).clients).toBeUndefined();
    await expect(stat(tables)).rejects.toThrow('ENOENT');
    expect(await readFile(join(folder, 'notes.txt'), 'utf8')).toBe('mine');
  });
});

describe("the functions' logs", () => {
  it('are JSON lines, one file per function', async () => {
    const echoed: string[] = [];
    const logs = await openLogs(join(folder, 'logs'), (name, line) => echoed.push(`${name} ${line}`));
    logs.of('login')('{"level":"INFO"}');
    logs.of('login')('not JSON');
    logs.of('usage')('{}');
    await logs.close();
    expect(await readFile(join(folder, 'logs', 'login.log'), 'utf8')).toBe(
      '{"level":"INFO"}\n{"message":"not JSON"}\n',
    );
    expect(echoed).toEqual(['login {"level":"INFO"}', 'login {"message":"not JSON"}', 'usage {}']);
  });
});

describe('a cloud assembly', () => {
  const write = (name: string, value: unknown) => writeFile(join(folder, name), JSON.stringify(value));
  const stack = { type: 'aws:cloudformation:stack', properties: { templateFile: 'T.template.json' } };

  it('gives the template and the folder of each asset', async () => {
    await write('manifest.json', {
      artifacts: {
        T: stack,
        'T.assets': { type: 'cdk:asset-manifest', properties: { file: 'T.assets.json' } },
        Tree: { type: 'cdk:tree' },
      },
    });
    await write('T.template.json', { Resources: { A: { Type: 'X', DependsOn: 'B' } } });
    await write('T.assets.json', {
      files: {
        one: {
          source: { path: 'asset.one', packaging: 'zip' },
          destinations: { here: { objectKey: 'one.zip' } },
        },
      },
    });
    const assembly = await readCloudAssembly(folder);
    expect(assembly.stackName).toBe('T');
    expect(assembly.template.Resources.A).toEqual({ Type: 'X', Properties: {}, DependsOn: ['B'] });
    expect([...assembly.assets]).toEqual([['one.zip', join(folder, 'asset.one')]]);
  });

  it('has to have exactly one stack', async () => {
    await write('manifest.json', { artifacts: { A: stack, B: stack } });
    await expect(readCloudAssembly(folder)).rejects.toThrow('serves one stack');
  });

  it('is named where it is malformed', async () => {
    await write('manifest.json', { artifacts: { T: stack } });
    await write('T.template.json', { Resources: { A: { Typo: 'X' } } });
    await expect(readCloudAssembly(folder)).rejects.toThrow(/T\.template\.json[\s\S]*Type/);
  });
});
