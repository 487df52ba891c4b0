/**
 * The directory: clients, credentials and failed logins, sessions of refresh tokens, used assertions and trusted
 * issuers. Only functions that authenticate get near it, and operators'.
 */
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { Lifecycle } from './lifecycle.ts';
import { allowItems, createTable } from './table.ts';
import type { TokenFunction } from './token-function.ts';

export class Directory extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, lifecycle: Lifecycle) {
    super(scope, id);
    this.table = createTable(this, lifecycle);
  }

  /** Lets a function authenticate clients: read them, and count their failures. */
  grantAuthentication(fn: TokenFunction): void {
    fn.set('DIRECTORY_TABLE', this.table.tableName);
    allowItems(fn, this.table, ['BatchGetItem'], ['CLIENT#*', 'ATTEMPTS#*', 'VERIFIER#*']);
    allowItems(fn, this.table, ['UpdateItem', 'DeleteItem'], ['ATTEMPTS#*']);
    allowItems(fn, this.table, ['UpdateItem'], ['VERIFIER#*']);
  }

  /** Lets a function know what each role amounts to. */
  grantRoles(fn: TokenFunction): void {
    fn.set('DIRECTORY_TABLE', this.table.tableName);
    allowItems(fn, this.table, ['GetItem'], ['ROLES']);
  }

  /** Lets a function authenticate clients by assertions too: each is used once. */
  grantAssertions(fn: TokenFunction): void {
    allowItems(fn, this.table, ['PutItem'], ['ASSERTION#*']);
  }

  /** Lets a function do with sessions of refresh tokens what these operations do. */
  grantSessions(fn: TokenFunction, operations: ('GetItem' | 'PutItem' | 'UpdateItem')[]): void {
    allowItems(fn, this.table, operations, ['REFRESH#*']);
  }

  /** Lets a function know which issuers are trusted, and with what. */
  grantTrustedIssuers(fn: TokenFunction): void {
    allowItems(fn, this.table, ['GetItem'], ['ISSUERS']);
  }

  /** Lets a function list, create, change and delete clients and credentials, and take back half of what it wrote. */
  grantRegistration(fn: TokenFunction): void {
    this.grantRoles(fn);
    this.#grantListing(fn);
    const all = ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query'];
    allowItems(fn, this.table, all, ['CLIENT#*']);
    allowItems(fn, this.table, ['PutItem', 'DeleteItem'], ['CLIENTS']);
    allowItems(fn, this.table, ['GetItem', 'PutItem', 'UpdateItem'], ['IDEMPOTENCY#*']);
    allowItems(fn, this.table, ['DeleteItem'], ['VERIFIER#*']);
    allowItems(fn, this.table, ['Query'], ['ISSUERS']);
  }

  /** Lets a function create clients with secrets that only their hashes are known of. */
  grantImport(fn: TokenFunction): void {
    this.grantRoles(fn);
    allowItems(fn, this.table, ['GetItem', 'PutItem', 'DeleteItem'], ['CLIENT#*', 'VERIFIER#*']);
    allowItems(fn, this.table, ['UpdateItem'], ['CLIENT#*']);
    allowItems(fn, this.table, ['PutItem', 'DeleteItem'], ['CLIENTS']);
  }

  /** Lets a function set what each role amounts to, and see who has it. */
  grantRoleSetting(fn: TokenFunction): void {
    this.grantRoles(fn);
    this.#grantListing(fn);
    allowItems(fn, this.table, ['PutItem'], ['ROLES']);
    allowItems(fn, this.table, ['Query'], ['ISSUERS']);
  }

  /** Lets a function find whose a leaked secret is, and end it. */
  grantLeaks(fn: TokenFunction): void {
    fn.set('DIRECTORY_TABLE', this.table.tableName);
    this.#grantListing(fn);
    allowItems(fn, this.table, ['GetItem', 'UpdateItem'], ['CLIENT#*', 'REFRESH#*']);
  }

  #grantListing(fn: TokenFunction): void {
    allowItems(fn, this.table, ['Query'], ['CLIENTS']);
    allowItems(fn, this.table, ['BatchGetItem'], ['CLIENT#*']);
  }

  /** Lets a function say which issuers are trusted, for clients that there are. */
  grantTrust(fn: TokenFunction): void {
    this.grantRoles(fn);
    allowItems(fn, this.table, ['Query', 'PutItem', 'DeleteItem'], ['ISSUERS']);
    allowItems(fn, this.table, ['GetItem'], ['CLIENT#*']);
  }
}
