import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterEach, describe, expect, it } from 'vitest';
import {
  allow,
  type LocalServices,
  leadingKeys,
  type Statement,
  startLocalServices,
  tableArn,
  templateWith,
} from '../support/local-services.ts';

const TableName = 'Items';
const key = (pk: string) => ({ pk, sk: '1' });

let services: LocalServices | undefined;

afterEach(async () => {
  await services?.close();
  services = undefined;
});

/** Starts the table, and gives a client of a function that may do this. */
async function functionThatMay(...statements: Statement[]) {
  services = await startLocalServices(templateWith(...statements));
  return services.clientsOf(services.credentialsOf('Fn')).dynamodb;
}

const denied = { name: 'AccessDeniedException' };

const operations = {
  GetItem: (pk: string) => new GetCommand({ TableName, Key: key(pk) }),
  PutItem: (pk: string) => new PutCommand({ TableName, Item: key(pk) }),
  UpdateItem: (pk: string) => new UpdateCommand({ TableName, Key: key(pk) }),
  DeleteItem: (pk: string) => new DeleteCommand({ TableName, Key: key(pk) }),
  Query: (pk: string) =>
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': pk },
    }),
  BatchGetItem: (pk: string) => new BatchGetCommand({ RequestItems: { [TableName]: { Keys: [key(pk)] } } }),
  BatchWriteItem: (pk: string) =>
    new BatchWriteCommand({ RequestItems: { [TableName]: [{ PutRequest: { Item: key(pk) } }] } }),
};
const names = Object.keys(operations) as (keyof typeof operations)[];

/** One overload of `send` for all of the commands. */
const send = (client: Awaited<ReturnType<typeof functionThatMay>>, command: unknown) =>
  client.send(command as GetCommand);

describe('an action of DynamoDB', () => {
  it.each(names)('%s is allowed by its name, on the keys that the policy names, and alone', async (name) => {
    const client = await functionThatMay(allow(`dynamodb:${name}`, tableArn, leadingKeys('USAGE#*')));
    await send(client, operations[name]('USAGE#a#b'));
    await expect(send(client, operations[name]('REVOKED#a'))).rejects.toMatchObject(denied);
    for (const other of names.filter((one) => one !== name)) {
      await expect(send(client, operations[other]('USAGE#a#b'))).rejects.toMatchObject(denied);
    }
  });

  it('that is denied is answered as AWS does', async () => {
    const client = await functionThatMay();
    await expect(client.send(operations.PutItem('a'))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message:
        'User: arn:aws:sts::123456789012:assumed-role/Test-Role/Test-Fn is not authorized to perform: dynamodb:PutItem on resource: arn:aws:dynamodb:us-east-1:123456789012:table/Items because no identity-based policy allows the dynamodb:PutItem action',
      $metadata: { httpStatusCode: 400 },
    });
    expect(services?.denials).toEqual([expect.stringMatching(/^User: .* the dynamodb:PutItem action$/)]);
  });

  it('is not done where it is denied', async () => {
    const client = await functionThatMay(allow('dynamodb:GetItem', tableArn));
    await expect(client.send(operations.PutItem('a'))).rejects.toMatchObject(denied);
    expect(await client.send(operations.GetItem('a'))).not.toHaveProperty('Item');
  });

  it('on another table is denied', async () => {
    const client = await functionThatMay(
      allow('dynamodb:*', 'arn:aws:dynamodb:us-east-1:123456789012:table/Other'),
    );
    await expect(client.send(operations.GetItem('a'))).rejects.toMatchObject(denied);
  });

  it('is allowed by wildcards in action and resource', async () => {
    const client = await functionThatMay(allow('dynamodb:*Item', 'arn:aws:dynamodb:*:*:table/It?ms'));
    await client.send(operations.PutItem('a'));
    await client.send(operations.BatchGetItem('a'));
    await expect(client.send(operations.Query('a'))).rejects.toMatchObject(denied);
  });

  it('is allowed by NotAction, but for what that names', async () => {
    const client = await functionThatMay({ Effect: 'Allow', NotAction: 'dynamodb:Put*', Resource: '*' });
    await client.send(operations.GetItem('a'));
    await expect(client.send(operations.PutItem('a'))).rejects.toMatchObject(denied);
  });

  it('is allowed by NotResource, but for what that names', async () => {
    const client = await functionThatMay({ Effect: 'Allow', Action: '*', NotResource: tableArn });
    await expect(client.send(operations.GetItem('a'))).rejects.toMatchObject(denied);
  });

  it('is denied by an explicit Deny, whatever else allows it', async () => {
    const client = await functionThatMay(allow('*', '*'), {
      ...allow('dynamodb:PutItem', tableArn, {
        'ForAnyValue:StringLike': { 'dynamodb:LeadingKeys': ['REVOKED#*'] },
      }),
      Effect: 'Deny',
    });
    await client.send(operations.PutItem('USAGE#a'));
    for (const pk of ['REVOKED#a', 'REVOKED#a\nb']) {
      await expect(client.send(operations.PutItem(pk))).rejects.toMatchObject({
        ...denied,
        message: expect.stringMatching(/with an explicit deny in an identity-based policy$/),
      });
    }
  });

  it('that knows no keys is governed by its name alone, as on AWS', async () => {
    const client = await functionThatMay(
      allow(['dynamodb:Scan', 'dynamodb:ListTables'], '*', leadingKeys('USAGE#*')),
    );
    expect(await client.send(new ScanCommand({ TableName }))).toMatchObject({ Count: 0 });
    expect(await client.send(new ListTablesCommand({}))).toMatchObject({ TableNames: [TableName] });
  });

  it('that the policies do not name is denied: Scan', async () => {
    const client = await functionThatMay(
      allow(
        names.map((name) => `dynamodb:${name}`),
        tableArn,
      ),
    );
    await expect(client.send(new ScanCommand({ TableName }))).rejects.toMatchObject(denied);
  });
});

describe('leading keys', () => {
  const own = leadingKeys('USAGE#*');

  it('are all that a batch names: one foreign key among good ones denies it', async () => {
    const client = await functionThatMay(
      allow(['dynamodb:BatchWriteItem', 'dynamodb:BatchGetItem', 'dynamodb:GetItem'], tableArn, own),
    );
    const write = (...requests: object[]) =>
      client.send(new BatchWriteCommand({ RequestItems: { [TableName]: requests } }));
    const put = (pk: string) => ({ PutRequest: { Item: key(pk) } });
    const remove = (pk: string) => ({ DeleteRequest: { Key: key(pk) } });
    await write(put('USAGE#1'), put('USAGE#2'), remove('USAGE#3'));
    await expect(write(put('USAGE#4'), put('REVOKED#1'))).rejects.toMatchObject(denied);
    await expect(write(put('USAGE#4'), remove('CLIENT#1'))).rejects.toMatchObject(denied);
    expect(await client.send(operations.GetItem('USAGE#4'))).not.toHaveProperty('Item');
    const read = (...pks: string[]) =>
      client.send(new BatchGetCommand({ RequestItems: { [TableName]: { Keys: pks.map(key) } } }));
    expect((await read('USAGE#1', 'USAGE#2')).Responses?.[TableName]).toHaveLength(2);
    await expect(read('USAGE#1', 'REVOKED#1')).rejects.toMatchObject(denied);
  });

  it('are compared whole: ids with #, * and variables in them are only text', async () => {
    const client = await functionThatMay(allow('dynamodb:PutItem', tableArn, leadingKeys('REVOKED#token#*')));
    await client.send(operations.PutItem('REVOKED#token#a#b*$' + '{aws:PrincipalArn}'));
    for (const pk of ['REVOKED#key#token#a', '*', 'REVOKED#*', 'XREVOKED#token#a', 'revoked#token#a']) {
      await expect(client.send(operations.PutItem(pk))).rejects.toMatchObject(denied);
    }
  });

  it.each<[string, object]>([
    [
      'placeholders of name and value',
      {
        KeyConditionExpression: '#k = :v AND begins_with(sk, :s)',
        ExpressionAttributeNames: { '#k': 'pk' },
        ExpressionAttributeValues: { ':v': 'KEY', ':s': 'x' },
      },
    ],
    [
      'the sort key first, and brackets',
      {
        KeyConditionExpression: '(sk BETWEEN :a AND :b) and (pk = :v)',
        ExpressionAttributeValues: { ':a': 'USAGE#1', ':b': 'USAGE#2', ':v': 'KEY' },
      },
    ],
    ['the value first', { KeyConditionExpression: ':v = pk', ExpressionAttributeValues: { ':v': 'KEY' } }],
    [
      'a filter that names another key',
      {
        KeyConditionExpression: 'pk = :v',
        FilterExpression: 'billed = :f',
        ExpressionAttributeValues: { ':v': 'KEY', ':f': 'USAGE#1' },
      },
    ],
    [
      'conditions of the older form',
      { KeyConditions: { pk: { ComparisonOperator: 'EQ', AttributeValueList: ['KEY'] } } },
    ],
  ])('of a Query are read from %s', async (_, given) => {
    const client = await functionThatMay(allow('dynamodb:Query', tableArn, own));
    const query = (pk: string) =>
      client.send(new QueryCommand({ TableName, ...JSON.parse(JSON.stringify(given).replace('KEY', pk)) }));
    expect(await query('USAGE#1')).toMatchObject({ Count: 0 });
    await expect(query('REVOKED#1')).rejects.toMatchObject(denied);
  });

  it.each<[string, object]>([
    ['is no equality', { KeyConditionExpression: 'pk > :v', ExpressionAttributeValues: { ':v': 'USAGE#1' } }],
    ['is not there', { KeyConditionExpression: 'sk = :v', ExpressionAttributeValues: { ':v': 'USAGE#1' } }],
    ['has a value that is not given', { KeyConditionExpression: 'pk = :v' }],
    [
      'is one of two',
      {
        KeyConditionExpression: 'pk = :v AND pk = :w',
        ExpressionAttributeValues: { ':v': 'USAGE#1', ':w': 'REVOKED#1' },
      },
    ],
    [
      'is one of either',
      {
        KeyConditionExpression: 'pk = :v OR pk = :w',
        ExpressionAttributeValues: { ':v': 'USAGE#1', ':w': 'REVOKED#1' },
      },
    ],
  ])('of a Query whose condition %s are not read, and it is invalid', async (_, given) => {
    const client = await functionThatMay(allow('dynamodb:Query', tableArn, own));
    await expect(client.send(new QueryCommand({ TableName, ...given }))).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });

  it('of an index are its own, and the index is a resource of its own', async () => {
    const index = { 'Fn::Sub': `\${Table.Arn}/index/by-owner` };
    const client = await functionThatMay(
      allow('dynamodb:PutItem', tableArn),
      allow('dynamodb:Query', index, leadingKeys('alice')),
    );
    await client.send(new PutCommand({ TableName, Item: { ...key('a'), owner: 'alice' } }));
    const query = (owner: string) =>
      client.send(
        new QueryCommand({
          TableName,
          IndexName: 'by-owner',
          KeyConditionExpression: '#o = :o',
          ExpressionAttributeNames: { '#o': 'owner' },
          ExpressionAttributeValues: { ':o': owner },
        }),
      );
    expect(await query('alice')).toMatchObject({ Count: 1 });
    await expect(query('bob')).rejects.toMatchObject(denied);
    await expect(client.send(operations.Query('alice'))).rejects.toMatchObject(denied);
  });

  it('of a transaction are asked for under each of its actions', async () => {
    const client = await functionThatMay(allow('dynamodb:PutItem', tableArn, own));
    const write = (...items: object[]) => client.send(new TransactWriteCommand({ TransactItems: items }));
    const put = (pk: string) => ({ Put: { TableName, Item: key(pk) } });
    await expect(write(put('USAGE#1'), put('REVOKED#1'))).rejects.toMatchObject(denied);
    await expect(write(put('USAGE#1'), { Delete: { TableName, Key: key('USAGE#2') } })).rejects.toMatchObject(
      { ...denied, message: expect.stringContaining('dynamodb:DeleteItem') },
    );
    // The engine knows no transactions.
    await expect(write(put('USAGE#1'))).rejects.toMatchObject({ name: 'UnknownOperationException' });
  });

  it('that are not there make the call invalid, not allowed', async () => {
    const client = await functionThatMay(allow('dynamodb:PutItem', tableArn, own));
    await expect(client.send(new PutCommand({ TableName, Item: { sk: '1' } }))).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });
});

describe('a table that is not in the template', () => {
  it('is not found, even where the policies name every table', async () => {
    const client = await functionThatMay(allow('dynamodb:*', '*'));
    const other = { TableName: 'Other' };
    for (const command of [new ScanCommand(other), new GetCommand({ ...other, Key: key('a') })]) {
      await expect(send(client, command)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    }
    await expect(client.send(new ScanCommand({ TableName: '*' }))).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });
});
