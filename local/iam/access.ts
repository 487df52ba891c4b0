/** What a deployment may do on this machine: its functions with their keys and roles, and its tables' keys. */
import type { FunctionConfig } from '../functions.ts';
import { resolveIntrinsics, type Scope } from '../intrinsics.ts';
import type { Resource } from '../template.ts';
import type { TableKeys, Tables } from './dynamodb-calls.ts';
import type { Access } from './principals.ts';
import type { Role } from './roles.ts';

/** @param roles of all the functions, by the function's name */
export function accessOf(
  functions: readonly Pick<FunctionConfig, 'name' | 'credentials'>[],
  roles: ReadonlyMap<string, Role>,
  tables: Tables,
): Access {
  const callers = functions.flatMap(({ name, credentials: { accessKeyId, secretAccessKey } }) => {
    const role = roles.get(name);
    return role === undefined ? [] : [[accessKeyId, { functionName: name, role, secretAccessKey }] as const];
  });
  return { callers: new Map(callers), tables };
}

interface Keyed {
  KeySchema?: readonly { AttributeName: string; KeyType: string }[];
}

interface TableProperties extends Keyed {
  GlobalSecondaryIndexes?: readonly (Keyed & { IndexName: string })[];
  LocalSecondaryIndexes?: readonly (Keyed & { IndexName: string })[];
}

/** @returns the partition keys of the template's tables, by the tables' names. */
export function tablesOf(resources: Readonly<Record<string, Resource>>, scope: Scope): Tables {
  return new Map(
    Object.entries(resources)
      .filter(([, { Type }]) => Type === 'AWS::DynamoDB::Table')
      .map(([id, { Properties }]) => [
        scope.ref(id) ?? id,
        keysOf(resolveIntrinsics(Properties, scope) as TableProperties),
      ]),
  );
}

function keysOf(table: TableProperties): TableKeys {
  const indexes = [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])];
  return {
    partitionKey: partitionKey(table),
    indexes: new Map(indexes.map((index) => [index.IndexName, partitionKey(index)])),
  };
}

const partitionKey = ({ KeySchema = [] }: Keyed): string =>
  KeySchema.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName ?? '';
