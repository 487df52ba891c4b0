/**
 * The functions behind the routes: one for each folder that `lambdas/routes.ts` names. What a function may do
 * follows from the access of its routes; Tollgate's own ones get what else they need by name.
 */
import { Duration, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { routes } from '../lambdas/routes.ts';
import type { Directory } from './directory.ts';
import type { KeyRing } from './key-ring.ts';
import type { Ledger } from './ledger.ts';
import type { Lifecycle } from './lifecycle.ts';
import { TokenFunction, type TokenFunctionProps } from './token-function.ts';

export interface RoutedFunctionsProps {
  lifecycle: Lifecycle;
  directory: Directory;
  ledger: Ledger;
  keyRing: KeyRing;
  token: {
    issuer: string;
    audience: string;
    /** Seconds. */
    lifetime: number;
  };
}

/** @returns the functions by their folders. */
export function createRoutedFunctions(
  scope: Construct,
  props: RoutedFunctionsProps,
): ReadonlyMap<string, TokenFunction> {
  const { rotation } = props.keyRing;
  props.ledger.grantAudit(rotation);
  const folders = [...new Set(routes.map((route) => route.function))].filter((folder) => folder !== ROTATION);
  return new Map([
    ...folders.map((folder) => [folder, createRoutedFunction(scope, folder, props)] as const),
    // The key ring has it already: nobody else sees a private key and may write one.
    [ROTATION, rotation],
  ]);
}

const ROTATION = 'rotation';

function createRoutedFunction(scope: Construct, folder: string, props: RoutedFunctionsProps): TokenFunction {
  const served = routes.filter((route) => route.function === folder);
  const fn = new TokenFunction(scope, pascalCase(folder), {
    folder,
    // Lambda takes no more than 256 characters.
    description: served
      .map((route) => route.key)
      .join(', ')
      .slice(0, 256),
    lifecycle: props.lifecycle,
    ...sizes[folder],
  });
  if (served.some((route) => route.access.kind === 'token')) props.ledger.grantGuard(fn);
  own[folder]?.(fn, props);
  return fn;
}

/** scrypt takes 128 MB and as much processor as there is; a month of usage is thousands of queries. */
const sizes: Record<string, Pick<TokenFunctionProps, 'memorySize' | 'timeout' | 'besideBundle'>> = {
  login: { memorySize: 1024 },
  // Keys of a trusted issuer may have to be fetched first.
  token: { memorySize: 1024, timeout: Duration.seconds(20) },
  introspect: { memorySize: 1024 },
  revoke: { memorySize: 1024 },
  usage: { memorySize: 1769, timeout: Duration.seconds(29) },
  lineage: { memorySize: 1769, timeout: Duration.seconds(29) },
  statements: { memorySize: 1769, timeout: Duration.seconds(29) },
  bookkeeping: { memorySize: 1769, timeout: Duration.seconds(29) },
  clients: { memorySize: 1024 },
  imports: { memorySize: 1024, timeout: Duration.seconds(29) },
  roles: { timeout: Duration.seconds(29) },
  leaks: { memorySize: 1769, timeout: Duration.seconds(29) },
  openapi: { besideBundle: 'lambdas/openapi/write.ts' },
  // Runs by its schedule too, and then takes as long as there is to do.
  closing: { memorySize: 1769, timeout: Duration.minutes(15) },
};

const own: Record<string, (fn: TokenFunction, props: RoutedFunctionsProps) => void> = {
  login: (fn, { directory, ledger, keyRing, token }) => {
    nameIssuer(fn, token);
    fn.set('TOKEN_LIFETIME', String(token.lifetime));
    directory.grantAuthentication(fn);
    directory.grantSessions(fn, ['PutItem']);
    directory.grantRoles(fn);
    ledger.grantIssuance(fn);
    keyRing.grantSigning(fn);
  },
  token: (fn, { directory, ledger, keyRing, token }) => {
    nameIssuer(fn, token);
    fn.set('TOKEN_LIFETIME', String(token.lifetime));
    directory.grantAuthentication(fn);
    directory.grantAssertions(fn);
    directory.grantSessions(fn, ['GetItem', 'PutItem', 'UpdateItem']);
    directory.grantTrustedIssuers(fn);
    directory.grantRoles(fn);
    ledger.grantIssuance(fn);
    ledger.grantRevocationCheck(fn);
    ledger.grantTokenRevocation(fn);
    keyRing.grantSigning(fn);
    keyRing.grantPublishedKeys(fn);
  },
  introspect: (fn, { directory, ledger, keyRing, token }) => {
    nameIssuer(fn, token);
    directory.grantAuthentication(fn);
    directory.grantAssertions(fn);
    directory.grantSessions(fn, ['GetItem']);
    directory.grantRoles(fn);
    ledger.grantRevocationCheck(fn);
    keyRing.grantPublishedKeys(fn);
  },
  revoke: (fn, { directory, ledger, keyRing, token }) => {
    nameIssuer(fn, token);
    directory.grantAuthentication(fn);
    directory.grantAssertions(fn);
    directory.grantSessions(fn, ['GetItem', 'UpdateItem']);
    ledger.grantTokenRevocation(fn);
    keyRing.grantPublishedKeys(fn);
  },
  discovery: (fn, { keyRing, token }) => {
    fn.set('ISSUER', token.issuer);
    keyRing.grantPublishedKeys(fn);
  },
  usage: (fn, { ledger }) => ledger.grantUsageReport(fn),
  lineage: (fn, { ledger }) => ledger.grantLineage(fn),
  statements: (fn, { directory, ledger, keyRing, token }) => {
    fn.set('ISSUER', token.issuer);
    directory.grantAuthentication(fn);
    directory.grantAssertions(fn);
    ledger.grantStatements(fn);
    keyRing.grantSigning(fn);
  },
  closing: (fn, { ledger }) => {
    ledger.grantClosing(fn);
    ledger.grantAudit(fn);
    allowEvents(fn);
  },
  bookkeeping: (fn, { ledger }) => {
    ledger.grantBookkeeping(fn);
    ledger.grantAudit(fn);
  },
  budgets: (fn, { ledger }) => {
    ledger.grantBudgets(fn);
    ledger.grantAudit(fn);
  },
  clients: (fn, { directory, ledger }) => {
    directory.grantRegistration(fn);
    ledger.grantEnding(fn);
    ledger.grantAudit(fn);
  },
  imports: (fn, { directory, ledger }) => {
    directory.grantImport(fn);
    ledger.grantAudit(fn);
  },
  roles: (fn, { directory, ledger }) => {
    directory.grantRoleSetting(fn);
    ledger.grantAudit(fn);
  },
  issuers: (fn, { directory, ledger, token }) => {
    fn.set('ISSUER', token.issuer);
    directory.grantTrust(fn);
    ledger.grantAudit(fn);
  },
  prices: (fn, { ledger }) => {
    ledger.grantPricing(fn);
    ledger.grantAudit(fn);
  },
  revocations: (fn, { ledger, keyRing }) => {
    ledger.grantRevocation(fn);
    ledger.grantAudit(fn);
    keyRing.grantPublishedKeys(fn);
  },
  leaks: (fn, { directory, ledger, keyRing, token }) => {
    fn.set('ISSUER', token.issuer);
    directory.grantLeaks(fn);
    ledger.grantLeaks(fn);
    ledger.grantAudit(fn);
    keyRing.grantPublishedKeys(fn);
  },
  audit: (fn, { ledger }) => ledger.grantAuditReport(fn),
  openapi: (fn, { token }) => fn.set('ISSUER', token.issuer),
};

function nameIssuer(fn: TokenFunction, { issuer, audience }: RoutedFunctionsProps['token']): void {
  fn.set('ISSUER', issuer);
  fn.set('AUDIENCE', audience);
}

/** On the account's default bus: where others listen for what happens here. */
const allowEvents = (fn: TokenFunction): void =>
  fn.allow(
    ['events:PutEvents'],
    Stack.of(fn).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' }),
  );

const pascalCase = (folder: string): string =>
  folder.replace(/(^|-)(\w)/g, (_, _hyphen, letter: string) => letter.toUpperCase());
