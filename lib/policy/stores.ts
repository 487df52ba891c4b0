/** Where Tollgate's data is, and which actions on it never need a reason. */
import { Directory } from '../directory.ts';
import { KeyRing } from '../key-ring.ts';
import { Ledger } from '../ledger.ts';
import { around, type Cloud, type Resource } from './cloud.ts';
import { textOf } from './values.ts';

export type Store = 'directory' | 'ledger' | 'privateKeys' | 'publishedKeys';

export interface StoredData {
  store: Store;
  resource: Resource;
  /** Its ARN, with stand-ins for what only AWS knows. */
  arn: string;
}

export const storedData = (cloud: Cloud): StoredData[] =>
  cloud.ofType('AWS::DynamoDB::Table', 'AWS::SecretsManager::Secret').flatMap((resource) => {
    const store = storeOf(resource);
    const arn = textOf(cloud, { 'Fn::GetAtt': [resource.id, 'Arn'] }, resource.stack);
    return store === undefined ? [] : [{ store, resource, arn }];
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
