/**
 * What a call to DynamoDB asks IAM for: each action on each table or index, with every partition key that the
 * call names. A call whose keys cannot be read is refused, because a condition on keys that are not there holds.
 */
import * as z from 'zod';
import { ACCOUNT, REGION } from '../physical.ts';
import { invalid, noSuchTable, Refused, unknownOperation, unreadable } from './aws-error.ts';
import type { AccessRequest } from './evaluate.ts';
import { keyOfItem, keyOfQuery } from './leading-keys.ts';

/** The partition keys of a table and of its indexes, by name. */
export interface TableKeys {
  partitionKey: string;
  indexes: ReadonlyMap<string, string>;
}

export type Tables = ReadonlyMap<string, TableKeys>;

/**
 * @param input the parsed body
 * @throws Refused where the call cannot be read, or names a table that is not in the template
 */
export function dynamoDbCall(operation: string, input: unknown, tables: Tables): AccessRequest[] {
  const read = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
  if (read === undefined) throw new Refused(unknownOperation);
  return read(input, tables);
}

type Read = (input: unknown, tables: Tables) => AccessRequest[];

const attributes = z.record(z.string(), z.unknown());
const table = z.looseObject({ TableName: z.string() });
const keyed = z.looseObject({ TableName: z.string(), Key: attributes });
const put = z.looseObject({ TableName: z.string(), Item: attributes });
const read = z.looseObject({ TableName: z.string(), IndexName: z.string().optional() });
const gets = z.looseObject({
  RequestItems: z.record(z.string(), z.looseObject({ Keys: z.array(attributes) })),
});
const writes = z.looseObject({
  RequestItems: z.record(
    z.string(),
    z.array(
      z.union([
        z.strictObject({ PutRequest: z.looseObject({ Item: attributes }) }),
        z.strictObject({ DeleteRequest: z.looseObject({ Key: attributes }) }),
      ]),
    ),
  ),
});
const transactGets = z.looseObject({ TransactItems: z.array(z.strictObject({ Get: keyed })) });
const transactWrites = z.looseObject({
  TransactItems: z.array(
    z.union([
      z.strictObject({ Put: put }),
      z.strictObject({ Update: keyed }),
      z.strictObject({ Delete: keyed }),
      z.strictObject({ ConditionCheck: keyed }),
    ]),
  ),
});

const byKey =
  (action: string): Read =>
  (input, tables) => {
    const { TableName, Key } = parse(keyed, input);
    return items(action, TableName, [Key], tables);
  };

const ofTable =
  (action: string): Read =>
  (input) => [{ action: `dynamodb:${action}`, resource: tableArn(parse(table, input).TableName) }];

const ofArn =
  (action: string): Read =>
  (input) => {
    const { ResourceArn } = parse(z.looseObject({ ResourceArn: z.string() }), input);
    return [{ action: `dynamodb:${action}`, resource: tableArn(ResourceArn) }];
  };

const operations: Readonly<Record<string, Read>> = {
  GetItem: byKey('GetItem'),
  UpdateItem: byKey('UpdateItem'),
  DeleteItem: byKey('DeleteItem'),
  PutItem: (input, tables) => {
    const { TableName, Item } = parse(put, input);
    return items('PutItem', TableName, [Item], tables);
  },
  BatchGetItem: (input, tables) =>
    Object.entries(parse(gets, input).RequestItems).flatMap(([name, { Keys }]) =>
      items('BatchGetItem', name, Keys, tables),
    ),
  BatchWriteItem: (input, tables) =>
    Object.entries(parse(writes, input).RequestItems).flatMap(([name, requests]) => {
      const written = requests.map((one) =>
        'PutRequest' in one ? one.PutRequest.Item : one.DeleteRequest.Key,
      );
      return items('BatchWriteItem', name, written, tables);
    }),
  TransactGetItems: (input, tables) =>
    parse(transactGets, input).TransactItems.flatMap(({ Get }) =>
      items('GetItem', Get.TableName, [Get.Key], tables),
    ),
  TransactWriteItems: (input, tables) =>
    parse(transactWrites, input).TransactItems.flatMap((one) => {
      if ('Put' in one) return items('PutItem', one.Put.TableName, [one.Put.Item], tables);
      if ('Update' in one) return items('UpdateItem', one.Update.TableName, [one.Update.Key], tables);
      if ('Delete' in one) return items('DeleteItem', one.Delete.TableName, [one.Delete.Key], tables);
      const { TableName, Key } = one.ConditionCheck;
      return items('ConditionCheckItem', TableName, [Key], tables);
    }),
  Query: (input, tables) => {
    const { TableName, IndexName } = parse(read, input);
    const leadingKeys = [keyOfQuery(input, keyOf(TableName, IndexName, tables))];
    return [{ action: 'dynamodb:Query', resource: tableArn(TableName, IndexName), leadingKeys }];
  },
  Scan: (input, tables) => {
    const { TableName, IndexName } = parse(read, input);
    keyOf(TableName, IndexName, tables);
    return [{ action: 'dynamodb:Scan', resource: tableArn(TableName, IndexName) }];
  },
  CreateTable: ofTable('CreateTable'),
  DeleteTable: ofTable('DeleteTable'),
  DescribeTable: ofTable('DescribeTable'),
  DescribeTimeToLive: ofTable('DescribeTimeToLive'),
  UpdateTable: ofTable('UpdateTable'),
  ListTagsOfResource: ofArn('ListTagsOfResource'),
  TagResource: ofArn('TagResource'),
  UntagResource: ofArn('UntagResource'),
  ListTables: () => [{ action: 'dynamodb:ListTables', resource: '*' }],
};

function items(
  action: string,
  tableName: string,
  all: readonly Readonly<Record<string, unknown>>[],
  tables: Tables,
): AccessRequest[] {
  const name = keyOf(tableName, undefined, tables);
  const leadingKeys = all.map((item) => keyOfItem(item, name));
  return [
    {
      action: `dynamodb:${action}`,
      resource: tableArn(tableName),
      leadingKeys: [...new Set(leadingKeys)].sort(),
    },
  ];
}

const ARN_PREFIX = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/`;
const NAME = /^[\w.-]{1,255}$/;

/** A table may be named by its ARN. */
function nameIn(given: string): string {
  const name = given.startsWith(ARN_PREFIX) ? given.slice(ARN_PREFIX.length) : given;
  if (!NAME.test(name)) throw new Refused(invalid(`Invalid table or index name: ${given.slice(0, 300)}`));
  return name;
}

const tableArn = (tableName: string, indexName?: string): string =>
  ARN_PREFIX + nameIn(tableName) + (indexName === undefined ? '' : `/index/${nameIn(indexName)}`);

function keyOf(tableName: string, indexName: string | undefined, tables: Tables): string {
  const keys = tables.get(nameIn(tableName));
  if (keys === undefined) throw new Refused(noSuchTable);
  const key = indexName === undefined ? keys.partitionKey : keys.indexes.get(indexName);
  if (key === undefined) throw new Refused(invalid('The table does not have the specified index'));
  return key;
}

function parse<T extends z.ZodType>(shape: T, input: unknown): z.output<T> {
  const parsed = shape.safeParse(input);
  if (!parsed.success) throw new Refused(unreadable);
  return parsed.data;
}
