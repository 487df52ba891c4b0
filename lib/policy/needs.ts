/**
 * What a function needs of Tollgate's data, by what its routes are for. This is the other half of the grants
 * in `Ledger`, `Directory` and `KeyRing`, said once more on purpose: a grant that is too wide has to be wrong in
 * two places before it deploys.
 */
import type { Route } from '../../lambdas/routes.ts';
import { KeyRing } from '../key-ring.ts';
import { around, type Resource } from './cloud.ts';
import type { GatewayRoute } from './gateway.ts';
import type { Store } from './stores.ts';

export interface Need {
  store: Store;
  /** Exact actions, in lower case. */
  actions: readonly string[];
  /** What the partition keys begin with; for secrets, none. */
  partitions?: readonly string[];
}

/** @returns what a function with these routes may do with the data, reading the ledger aside. */
export function needsOf(fn: Resource, served: readonly GatewayRoute[]): Need[] {
  return [...(isRotation(fn) ? rotation : []), ...served.flatMap(needsOfRoute)];
}

/** @returns whether a function is the one that rotates the keys of its ring. */
export const isRotation = (fn: Resource): boolean =>
  around(fn, KeyRing)?.rotation === fn.construct.node.scope;

function needsOfRoute({ authorization, line }: GatewayRoute): readonly Need[] {
  // Without a line in the table, only what the gateway asks for tells what a route is for.
  switch (line?.access.kind ?? authorization) {
    case 'token':
    case 'JWT':
      return guard;
    case 'client':
      return line === undefined ? [] : [...authentication, ...(clientRoutes[line.key] ?? [])];
    case 'operator':
    case 'AWS_IAM':
      return line === undefined ? [registration] : (operatorRoutes[line.key] ?? []);
    default:
      return [];
  }
}

const guard: Need[] = [{ store: 'ledger', actions: ['dynamodb:putitem'], partitions: ['USAGE#'] }];

const authentication: Need[] = [
  { store: 'directory', actions: ['dynamodb:batchgetitem'], partitions: ['CLIENT#', 'ATTEMPTS#'] },
  {
    store: 'directory',
    actions: ['dynamodb:updateitem', 'dynamodb:deleteitem'],
    partitions: ['ATTEMPTS#'],
  },
];

const assertions: Need = { store: 'directory', actions: ['dynamodb:putitem'], partitions: ['ASSERTION#'] };

const sessions = (...actions: string[]): Need => ({
  store: 'directory',
  actions: actions.map((action) => `dynamodb:${action}`),
  partitions: ['REFRESH#'],
});

const tokenRevocation: Need = {
  store: 'ledger',
  actions: ['dynamodb:updateitem'],
  partitions: ['REVOKED#token#'],
};

const publishedKeys: Need = { store: 'publishedKeys', actions: ['secretsmanager:getsecretvalue'] };

const signing: Need = { store: 'privateKeys', actions: ['secretsmanager:getsecretvalue'] };

const issuance: Need[] = [
  {
    store: 'ledger',
    actions: ['dynamodb:batchwriteitem'],
    partitions: ['TOKEN#', 'USAGE#', 'CREDENTIAL#', 'TXN#'],
  },
  signing,
];

/** What the routes that authenticate clients do once they have. */
const clientRoutes: { readonly [key in Route['key']]?: readonly Need[] } = {
  'POST /auth': [...issuance, sessions('putitem')],
  'POST /oauth2/token': [
    ...issuance,
    assertions,
    sessions('getitem', 'putitem', 'updateitem'),
    { store: 'directory', actions: ['dynamodb:getitem'], partitions: ['ISSUERS'] },
    tokenRevocation,
    publishedKeys,
  ],
  'POST /oauth2/introspect': [assertions, sessions('getitem'), publishedKeys],
  'POST /oauth2/revoke': [assertions, sessions('getitem', 'updateitem'), tokenRevocation, publishedKeys],
  'GET /usage/statements/{month}': [assertions, signing],
};

const registration: Need = {
  store: 'directory',
  actions: ['getitem', 'putitem', 'updateitem', 'deleteitem'].map((action) => `dynamodb:${action}`),
  partitions: ['CLIENT#'],
};

const trust: Need[] = [
  {
    store: 'directory',
    actions: ['dynamodb:query', 'dynamodb:putitem', 'dynamodb:deleteitem'],
    partitions: ['ISSUERS'],
  },
  { store: 'directory', actions: ['dynamodb:getitem'], partitions: ['CLIENT#'] },
];

const closing: Need[] = [
  {
    store: 'ledger',
    actions: ['dynamodb:putitem'],
    partitions: ['ROLLUP#', 'TOTAL#', 'ACTIVE#', 'CHAIN', 'HOUR#', 'SEEN#'],
  },
  { store: 'ledger', actions: ['dynamodb:updateitem'], partitions: ['CLOSING', 'BUDGETS'] },
  { store: 'ledger', actions: ['dynamodb:putitem', 'dynamodb:deleteitem'], partitions: ['LATE'] },
];

const lateBooking: Need = {
  store: 'ledger',
  actions: ['dynamodb:putitem'],
  partitions: ['USAGE#', 'TOKEN#', 'CREDENTIAL#', 'TXN#', 'LATE'],
};

const budgets: Need = {
  store: 'ledger',
  actions: ['dynamodb:updateitem', 'dynamodb:deleteitem'],
  partitions: ['BUDGETS'],
};

/** What operators' routes do. */
const operatorRoutes: { readonly [key in Route['key']]?: readonly Need[] } = {
  'POST /admin/clients': [registration],
  'POST /admin/clients/{clientId}/credentials': [registration],
  'GET /admin/issuers': trust,
  'PUT /admin/issuers': trust,
  'DELETE /admin/issuers': trust,
  'PUT /admin/budgets': [budgets],
  'DELETE /admin/budgets': [budgets],
  'GET /admin/usage/statements/{clientId}/{month}': [signing],
  'POST /admin/usage/closings': closing,
  'POST /admin/usage/records': [lateBooking],
};

const keys = ['secretsmanager:getsecretvalue', 'secretsmanager:putsecretvalue'];
const rotation: Need[] = [
  { store: 'privateKeys', actions: keys },
  { store: 'publishedKeys', actions: keys },
  { store: 'ledger', actions: ['dynamodb:updateitem'], partitions: ['REVOKED#key#'] },
];
