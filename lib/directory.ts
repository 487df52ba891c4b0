/** The directory: clients, credentials and failed logins. Only functions that authenticate get near it. */
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
    allowItems(fn, this.table, ['BatchGetItem'], ['CLIENT#*', 'ATTEMPTS#*']);
    allowItems(fn, this.table, ['UpdateItem', 'DeleteItem'], ['ATTEMPTS#*']);
  }

  /** Lets a function create clients with their credentials, and take back half of what it wrote. */
  grantRegistration(fn: TokenFunction): void {
    fn.set('DIRECTORY_TABLE', this.table.tableName);
    allowItems(fn, this.table, ['PutItem', 'DeleteItem'], ['CLIENT#*']);
  }
}
