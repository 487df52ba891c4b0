/** Where Tollgate's data is, and which actions on it never need a reason. */
import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { Directory } from '../directory.ts';
import { ImportedLedger } from '../imported-ledger.ts';
import { KeyRing } from '../key-ring.ts';
import { Ledger } from '../ledger.ts';
import { around, type Cloud, type Resource } from './cloud.ts';
import { textOf } from './values.ts';

export type Store = 'directory' | 'ledger' | 'privateKeys' | 'publishedKeys';

export interface StoredData {
  store: Store;
  type: 'table' | 'secret';
  /** What it is, as messages name it. */
  construct: IConstruct;
  /** Its ARN, with stand-ins for what only AWS knows. */
  arn: string;
}

export const storedData = (cloud: Cloud): StoredData[] => [
  ...cloud.ofType('AWS::DynamoDB::Table', 'AWS::SecretsManager::Secret').flatMap((resource) => {
    const store = storeOf(resource);
    const arn = textOf(cloud, { 'Fn::GetAtt': [resource.id, 'Arn'] }, resource.stack);
    const type = resource.type === 'AWS::DynamoDB::Table' ? ('table' as const) : ('secret' as const);
    return store === undefined ? [] : [{ store, type, construct: resource.construct, arn }];
  }),
  ...importedLedgers(cloud),
];

/** Of another stack, and so no resource here; what functions here may do with them is the same question. */
const importedLedgers = (cloud: Cloud): StoredData[] =>
  [...new Set(cloud.stacks.flatMap((stack) => stack.node.findAll()))]
    .filter((construct) => construct instanceof ImportedLedger)
    .map((construct) => {
      const stack = Stack.of(construct);
      const arn = textOf(cloud, stack.resolve(construct.table.tableArn), stack);
      return { store: 'ledger', type: 'table', construct, arn };
    });

function storeOf(resource: Resource): Store | undefined {
  const ring = around(resource, KeyRing);
  if (ring?.privateKeys === resource.construct) return 'privateKeys';
  if (ring?.publishedKeys === resource.construct) return 'publishedKeys';
  if (resource.type !== 'AWS::DynamoDB::Table') return undefined;
  if (around(resource, Ledger) !== undefined) return 'ledger';
  return around(resource, Directory) === undefined ? undefined : 'directory';
}

/** How messages call them. */
export const storeNames: Record<Store, string> = {
  directory: 'the directory',
  ledger: 'the ledger',
  privateKeys: 'the private signing keys',
  publishedKeys: 'the published keys',
};

/**
 * @param written an action as a policy has it; `*` and `?` stand for whatever they can
 * @returns whether it can do no more than anyone may: read the ledger or the public keys, see how something is set up
 */
export function isHarmless(store: Store, written: string): boolean {
  const action = written.toLowerCase();
  if (/[*?]/.test(action)) return wholeFamilies.some((family) => family.test(action));
  if (harmless.has(action)) return true;
  if (store === 'ledger') return reads.has(action);
  return store === 'publishedKeys' && action === 'secretsmanager:getsecretvalue';
}

const harmless = new Set([
  ...['describetable', 'describetimetolive', 'describecontinuousbackups', 'listtagsofresource'].map(
    (name) => `dynamodb:${name}`,
  ),
  ...['describesecret', 'listsecretversionids', 'getresourcepolicy'].map((name) => `secretsmanager:${name}`),
]);

const reads = new Set(
  [
    ...['getitem', 'batchgetitem', 'query', 'scan', 'conditioncheckitem', 'partiqlselect'],
    ...['getrecords', 'getsharditerator', 'describestream', 'liststreams'],
  ].map((name) => `dynamodb:${name}`),
);

/** Patterns that begin so match nothing but harmless actions. */
const wholeFamilies = [/^(dynamodb|secretsmanager):(describe|list)/];
