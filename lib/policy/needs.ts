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
      return line === undefined ? registration : (operatorRoutes[line.key] ?? []);
    default:
      return [];
  }
}

const guard: Need[] = [{ store: 'ledger', actions: ['dynamodb:putitem'], partitions: ['USAGE#'] }];

const authentication: Need[] = [
  {
    store: 'directory',
    actions: ['dynamodb:batchgetitem'],
    partitions: ['CLIENT#', 'ATTEMPTS#', 'VERIFIER#'],
  },
  {
    store: 'directory',
    actions: ['dynamodb:updateitem', 'dynamodb:deleteitem'],
    partitions: ['ATTEMPTS#'],
  },
  { store: 'directory', actions: ['dynamodb:updateitem'], partitions: ['VERIFIER#'] },
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

const roles: Need = { store: 'directory', actions: ['dynamodb:getitem'], partitions: ['ROLES'] };

const issuance: Need[] = [
  roles,
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
  'POST /oauth2/introspect': [roles, assertions, sessions('getitem'), publishedKeys],
  'POST /oauth2/revoke': [assertions, sessions('getitem', 'updateitem'), tokenRevocation, publishedKeys],
  'GET /usage/statements/{month}': [assertions, signing],
};

const audit: Need = {
  store: 'ledger',
  actions: ['dynamodb:putitem', 'dynamodb:updateitem'],
  partitions: ['AUDIT#'],
};

const listing: Need[] = [
  { store: 'directory', actions: ['dynamodb:query'], partitions: ['CLIENTS'] },
  { store: 'directory', actions: ['dynamodb:batchgetitem'], partitions: ['CLIENT#'] },
];

const registration: Need[] = [
  roles,
  audit,
  ...listing,
  {
    store: 'directory',
    actions: ['getitem', 'putitem', 'updateitem', 'deleteitem', 'query'].map((name) => `dynamodb:${name}`),
    partitions: ['CLIENT#'],
  },
  { store: 'directory', actions: ['dynamodb:putitem', 'dynamodb:deleteitem'], partitions: ['CLIENTS'] },
  {
    store: 'directory',
    actions: ['getitem', 'putitem', 'updateitem'].map((name) => `dynamodb:${name}`),
    partitions: ['IDEMPOTENCY#'],
  },
  { store: 'directory', actions: ['dynamodb:deleteitem'], partitions: ['VERIFIER#'] },
  { store: 'directory', actions: ['dynamodb:query'], partitions: ['ISSUERS'] },
  {
    store: 'ledger',
    actions: ['dynamodb:updateitem'],
    partitions: ['REVOKED#client#', 'REVOKED#credential#'],
  },
];

const imports: Need[] = [
  roles,
  audit,
  {
    store: 'directory',
    actions: ['getitem', 'putitem', 'deleteitem'].map((name) => `dynamodb:${name}`),
    partitions: ['CLIENT#', 'VERIFIER#'],
  },
  { store: 'directory', actions: ['dynamodb:updateitem'], partitions: ['CLIENT#'] },
  { store: 'directory', actions: ['dynamodb:putitem', 'dynamodb:deleteitem'], partitions: ['CLIENTS'] },
];

const roleSetting: Need[] = [
  roles,
  audit,
  ...listing,
  { store: 'directory', actions: ['dynamodb:putitem'], partitions: ['ROLES'] },
  { store: 'directory', actions: ['dynamodb:query'], partitions: ['ISSUERS'] },
];

const pricing: Need[] = [audit, { store: 'ledger', actions: ['dynamodb:putitem'], partitions: ['PRICES'] }];

const revocation: Need[] = [
  audit,
  { store: 'ledger', actions: ['dynamodb:updateitem'], partitions: ['REVOKED#'] },
];

const leaks: Need[] = [
  audit,
  ...listing,
  {
    store: 'directory',
    actions: ['dynamodb:getitem', 'dynamodb:updateitem'],
    partitions: ['CLIENT#', 'REFRESH#'],
  },
  {
    store: 'ledger',
    actions: ['dynamodb:updateitem'],
    partitions: ['REVOKED#token#', 'REVOKED#credential#'],
  },
];

const trust: Need[] = [
  roles,
  audit,
  {
    store: 'directory',
    actions: ['dynamodb:query', 'dynamodb:putitem', 'dynamodb:deleteitem'],
    partitions: ['ISSUERS'],
  },
  { store: 'directory', actions: ['dynamodb:getitem'], partitions: ['CLIENT#'] },
];

const closing: Need[] = [
  audit,
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
  'GET /admin/clients': listing,
  'POST /admin/clients': registration,
  'GET /admin/clients/{clientId}': registration,
  'PATCH /admin/clients/{clientId}': registration,
  'DELETE /admin/clients/{clientId}': registration,
  'GET /admin/clients/{clientId}/credentials': registration,
  'POST /admin/clients/{clientId}/credentials': registration,
  'PATCH /admin/clients/{clientId}/credentials/{credentialId}': registration,
  'DELETE /admin/clients/{clientId}/credentials/{credentialId}': registration,
  'POST /admin/imports': imports,
  'GET /admin/roles': [roles],
  'PUT /admin/roles/{role}': roleSetting,
  'DELETE /admin/roles/{role}': roleSetting,
  'GET /admin/issuers': trust,
  'PUT /admin/issuers': trust,
  'DELETE /admin/issuers': trust,
  'PUT /admin/budgets': [audit, budgets],
  'DELETE /admin/budgets': [audit, budgets],
  'PUT /admin/prices': pricing,
  'DELETE /admin/prices': pricing,
  'POST /admin/revocations': revocation,
  'POST /admin/leaks': leaks,
  'POST /admin/keys/rotations': [audit],
  'GET /admin/usage/statements/{clientId}/{month}': [signing],
  'POST /admin/usage/closings': closing,
  'POST /admin/usage/records': [audit, lateBooking],
};

const keys = ['secretsmanager:getsecretvalue', 'secretsmanager:putsecretvalue'];
const rotation: Need[] = [
  { store: 'privateKeys', actions: keys },
  { store: 'publishedKeys', actions: keys },
  { store: 'ledger', actions: ['dynamodb:updateitem'], partitions: ['REVOKED#key#'] },
];
