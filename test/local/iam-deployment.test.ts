/** Promise 5, on the developer's machine: the template as it deploys, its functions' own keys, real requests. */
import { GetSecretValueCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guardedFunctions, synth } from '../lib/synth.ts';
import { type LocalServices, startLocalServices } from '../support/local-services.ts';

const { template, ofType } = synth({ stage: 'local', issuer: 'http://127.0.0.1:1' });

/** The name on this machine of the one resource whose logical id begins so. */
function nameOf(type: string, prefix: string): string {
  const [found] = ofType(type).find(([id]) => id.startsWith(prefix)) ?? [];
  return `Test-${found}`;
}

const ledger = nameOf('AWS::DynamoDB::Table', 'Ledger');
const directory = nameOf('AWS::DynamoDB::Table', 'Directory');
const privateKeys = nameOf('AWS::SecretsManager::Secret', 'KeyRingPrivateKeys');
const publishedKeys = nameOf('AWS::SecretsManager::Secret', 'KeyRingPublishedKeys');

let services: LocalServices;

beforeAll(async () => {
  services = await startLocalServices(template);
});

afterAll(() => services.close());

type Call = [what: string, client: 'dynamodb' | 'secrets', command: object];

const on = (TableName: string, pk: string) => ({ TableName, Key: { pk, sk: 'x' } });
const put = (TableName: string, pk: string): Call => [
  `puts ${pk}`,
  'dynamodb',
  new PutCommand({ TableName, Item: { pk, sk: 'x' } }),
];
const update = (TableName: string, pk: string): Call => [
  `updates ${pk}`,
  'dynamodb',
  new UpdateCommand(on(TableName, pk)),
];
const remove = (TableName: string, pk: string): Call => [
  `deletes ${pk}`,
  'dynamodb',
  new DeleteCommand(on(TableName, pk)),
];
const get = (TableName: string, pk: string): Call => [
  `gets ${pk}`,
  'dynamodb',
  new GetCommand(on(TableName, pk)),
];
const batchGet = (TableName: string, pk: string): Call => [
  `gets a batch with ${pk}`,
  'dynamodb',
  new BatchGetCommand({ RequestItems: { [TableName]: { Keys: [{ pk, sk: 'x' }] } } }),
];
const batchPut = (TableName: string, ...pks: string[]): Call => [
  `puts a batch with ${pks.join(' and ')}`,
  'dynamodb',
  new BatchWriteCommand({
    RequestItems: { [TableName]: pks.map((pk) => ({ PutRequest: { Item: { pk, sk: 'x' } } })) },
  }),
];
const query = (TableName: string, pk: string): Call => [
  `queries ${pk}`,
  'dynamodb',
  new QueryCommand({
    TableName,
    KeyConditionExpression: '#pk = :pk',
    ExpressionAttributeNames: { '#pk': 'pk' },
    ExpressionAttributeValues: { ':pk': pk },
  }),
];
const scan = (TableName: string): Call => ['scans', 'dynamodb', new ScanCommand({ TableName })];
const read = (SecretId: string): Call => [
  'reads the secret',
  'secrets',
  new GetSecretValueCommand({ SecretId }),
];
const write = (SecretId: string): Call => [
  'writes the secret',
  'secrets',
  new PutSecretValueCommand({ SecretId, SecretString: 'forged' }),
];

const READING_TOKENS = get(ledger, 'TOKEN#1');

/** Everything that somebody who has got hold of a protected function could want. */
const forbidden: Record<string, Call[]> = {
  'write or undo a revocation': [
    put(ledger, 'REVOKED#token#1'),
    update(ledger, 'REVOKED#token#1'),
    remove(ledger, 'REVOKED#token#1'),
    batchPut(ledger, 'REVOKED#token#1'),
    batchPut(ledger, 'USAGE#1', 'REVOKED#token#1'),
  ],
  'delete or change a usage record': [remove(ledger, 'USAGE#1'), update(ledger, 'USAGE#1')],
  'read, write or find a credential': [
    get(directory, 'CLIENT#reader'),
    batchGet(directory, 'CLIENT#reader'),
    query(directory, 'CLIENT#reader'),
    scan(directory),
    put(directory, 'CLIENT#reader'),
    update(directory, 'CLIENT#reader'),
    remove(directory, 'ATTEMPTS#reader'),
  ],
  'see or change a key, private or published': [
    read(privateKeys),
    read(publishedKeys),
    write(privateKeys),
    write(publishedKeys),
  ],
  'read issued tokens or everything': [READING_TOKENS, batchGet(ledger, 'TOKEN#1'), scan(ledger)],
};

/** What two of them are for. */
const READS_USAGE: readonly string[] = ['Usage', 'Lineage'];
const READS_TOKENS = 'Lineage';
const forbiddenTo = (fn: string, call: Call): boolean => fn !== READS_TOKENS || call[0] !== READING_TOKENS[0];

/** @returns how the service answered: `done`, or the name of its error */
async function outcomeOf(fn: string, [, service, command]: Call, at = services): Promise<string> {
  const client = at.clientsOf(at.credentialsOf(fn))[service] as { send(command: object): Promise<unknown> };
  return client.send(command).then(
    () => 'done',
    (error: Error) => error.name,
  );
}

async function outcomesOf(fn: string, calls: Call[]): Promise<Record<string, string>> {
  const outcomes: Record<string, string> = {};
  for (const call of calls) outcomes[call[0]] = await outcomeOf(fn, call);
  return outcomes;
}

const all = (calls: Call[], outcome: string) => Object.fromEntries(calls.map(([what]) => [what, outcome]));

describe.each(guardedFunctions)('the protected function %s', (fn) => {
  it.each(Object.keys(forbidden))('cannot %s', async (what) => {
    const calls = (forbidden[what] ?? []).filter((call) => forbiddenTo(fn, call));
    expect(await outcomesOf(fn, calls)).toEqual(all(calls, 'AccessDeniedException'));
  });

  it('can read revocations and append usage', async () => {
    const calls = [batchGet(ledger, 'REVOKED#token#a#b'), put(ledger, 'USAGE#2026-11-22T10#3')];
    expect(await outcomesOf(fn, calls)).toEqual(all(calls, 'done'));
  });

  const reads = READS_USAGE.includes(fn);
  it(`can ${reads ? '' : 'not '}read usage`, async () => {
    const outcome = reads ? 'done' : 'AccessDeniedException';
    expect(await outcomeOf(fn, query(ledger, 'USAGE#1'))).toBe(outcome);
    expect(await outcomeOf(fn, query(ledger, 'REVOKED#token#1'))).toBe('AccessDeniedException');
  });
});

describe('of the other functions', () => {
  const denied = async (fn: string, calls: Call[]) =>
    expect(await outcomesOf(fn, calls)).toEqual(all(calls, 'AccessDeniedException'));
  const done = async (fn: string, calls: Call[]) =>
    expect(await outcomesOf(fn, calls)).toEqual(all(calls, 'done'));

  it('login counts attempts and books tokens, and cannot write a client, a revocation or a key', async () => {
    await done('Login', [
      batchGet(directory, 'CLIENT#a'),
      update(directory, 'ATTEMPTS#a'),
      batchPut(ledger, 'TOKEN#1', 'USAGE#1'),
    ]);
    await denied('Login', [
      put(directory, 'CLIENT#a'),
      update(directory, 'CLIENT#a'),
      remove(directory, 'CLIENT#a'),
      batchPut(ledger, 'TOKEN#1', 'REVOKED#token#1'),
      write(privateKeys),
      read(publishedKeys),
    ]);
  });

  it('revoke writes revocations of tokens, of nothing else, and sees no private key', async () => {
    await done('Revoke', [update(ledger, 'REVOKED#token#1')]);
    await denied('Revoke', [
      update(ledger, 'REVOKED#key#1'),
      update(ledger, 'REVOKED#client#1'),
      remove(ledger, 'REVOKED#token#1'),
      read(privateKeys),
    ]);
  });

  it('discovery reads the published keys, and nothing else', async () => {
    expect(await outcomeOf('Discovery', read(publishedKeys))).toBe('ResourceNotFoundException');
    await denied('Discovery', [
      read(privateKeys),
      write(publishedKeys),
      get(ledger, 'REVOKED#token#1'),
      batchGet(directory, 'CLIENT#a'),
    ]);
  });

  it('token does what its grants need, and can neither change a client nor whom it trusts', async () => {
    await done('Token', [
      put(directory, 'ASSERTION#a'),
      put(directory, 'REFRESH#a'),
      update(directory, 'REFRESH#a'),
      get(directory, 'ISSUERS'),
      batchGet(ledger, 'REVOKED#token#1'),
      update(ledger, 'REVOKED#token#1'),
    ]);
    await denied('Token', [
      put(directory, 'CLIENT#a'),
      put(directory, 'ISSUERS'),
      remove(directory, 'REFRESH#a'),
      get(directory, 'ASSERTION#a'),
      update(ledger, 'REVOKED#client#1'),
      get(ledger, 'TOKEN#1'),
      write(privateKeys),
    ]);
  });

  it('introspect reads sessions and revocations, and ends none', async () => {
    await done('Introspect', [get(directory, 'REFRESH#a'), batchGet(ledger, 'REVOKED#token#1')]);
    await denied('Introspect', [
      update(directory, 'REFRESH#a'),
      update(ledger, 'REVOKED#token#1'),
      get(directory, 'ISSUERS'),
      read(privateKeys),
    ]);
  });

  it('issuers writes whom to trust, sees clients, and changes none', async () => {
    await done('Issuers', [
      put(directory, 'ISSUERS'),
      query(directory, 'ISSUERS'),
      remove(directory, 'ISSUERS'),
      get(directory, 'CLIENT#a'),
    ]);
    await denied('Issuers', [put(directory, 'CLIENT#a'), get(directory, 'REFRESH#a'), read(privateKeys)]);
  });

  it('clients writes clients, and sees neither sessions nor what was used', async () => {
    await done('Clients', [
      put(directory, 'CLIENT#a'),
      get(directory, 'CLIENT#a'),
      update(directory, 'CLIENT#a'),
      remove(directory, 'CLIENT#a'),
    ]);
    await denied('Clients', [
      get(directory, 'REFRESH#a'),
      put(directory, 'ISSUERS'),
      put(directory, 'ATTEMPTS#a'),
      query(ledger, 'USAGE#1'),
      batchGet(ledger, 'REVOKED#token#1'),
      put(ledger, 'USAGE#1'),
      read(privateKeys),
    ]);
  });

  it('rotation revokes keys, not tokens, and never sees a client', async () => {
    await done('KeyRingRotation', [update(ledger, 'REVOKED#key#1')]);
    await denied('KeyRingRotation', [update(ledger, 'REVOKED#token#1'), get(directory, 'CLIENT#a')]);
  });

  it('the probe and what runs the triggers can do nothing here', async () => {
    for (const fn of [
      'IssuerProbeFunction',
      'AWSCDKTriggerCustomResourceProviderCustomResourceProviderHandler',
    ]) {
      await denied(fn, [get(ledger, 'USAGE#1'), batchGet(directory, 'CLIENT#a'), read(publishedKeys)]);
    }
  });

  it('each may write its log', () => expect(services.warnings).toEqual([]));
});

describe('a grant that is missing', () => {
  it('shows before a deployment: without PutItem no call can be booked', async () => {
    const broken = await startLocalServices(without('dynamodb:PutItem', 'Products'));
    expect(await outcomeOf('Products', put(ledger, 'USAGE#1'), broken)).toBe('AccessDeniedException');
    expect(await outcomeOf('Products', batchGet(ledger, 'REVOKED#token#1'), broken)).toBe('done');
    expect(await outcomeOf('Profile', put(ledger, 'USAGE#1'), broken)).toBe('done');
    await broken.close();
  });
});

/** @returns the template without the statements of this one action in the policies of this function's role */
function without(action: string, fn: string): object {
  const copy = structuredClone(template);
  const policies = Object.entries(
    copy.Resources as Record<string, { Type: string; Properties: PolicyProperties }>,
  )
    .filter(([id, { Type }]) => Type === 'AWS::IAM::Policy' && id.startsWith(`${fn}Role`))
    .map(([, { Properties }]) => Properties.PolicyDocument);
  const before = policies.flatMap(({ Statement }) => Statement).length;
  for (const document of policies) {
    document.Statement = document.Statement.filter((statement) => statement.Action !== action);
  }
  expect(policies.flatMap(({ Statement }) => Statement)).toHaveLength(before - 1);
  return copy;
}

interface PolicyProperties {
  PolicyDocument: { Statement: { Action: unknown }[] };
}
