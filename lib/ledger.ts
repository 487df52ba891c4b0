/** The ledger: revocations, issued tokens and usage. No function can both revoke and read what was used. */
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { Lifecycle } from './lifecycle.ts';
import { allowItems, createTable } from './table.ts';
import type { TokenFunction } from './token-function.ts';

export interface LedgerProps {
  lifecycle: Lifecycle;
  /** Days that usage records and issued tokens are kept. */
  retentionDays: number;
}

export class Ledger extends Construct {
  readonly table: Table;
  readonly #retentionDays: number;

  constructor(scope: Construct, id: string, props: LedgerProps) {
    super(scope, id);
    this.table = createTable(this, props.lifecycle);
    this.#retentionDays = props.retentionDays;
  }

  /** Lets a function write down a token that it issued, and the login's usage. */
  grantIssuance(fn: TokenFunction): void {
    this.#nameTo(fn);
    this.#keepUsage(fn);
    allowItems(fn, this.table, ['BatchWriteItem'], ['TOKEN#*', 'USAGE#*']);
  }

  /** Lets a protected function see what is revoked, and append usage. */
  grantGuard(fn: TokenFunction): void {
    this.#nameTo(fn);
    this.#keepUsage(fn);
    allowItems(fn, this.table, ['BatchGetItem'], ['REVOKED#*']);
    allowItems(fn, this.table, ['PutItem'], ['USAGE#*']);
  }

  /** Lets a function see what is revoked. */
  grantRevocationCheck(fn: TokenFunction): void {
    this.#nameTo(fn);
    allowItems(fn, this.table, ['BatchGetItem'], ['REVOKED#*']);
  }

  /** Lets a function read usage records. */
  grantUsageReport(fn: TokenFunction): void {
    this.#nameTo(fn);
    allowItems(fn, this.table, ['Query'], ['USAGE#*']);
  }

  /** Lets a function revoke single tokens. */
  grantTokenRevocation(fn: TokenFunction): void {
    this.#nameTo(fn);
    allowItems(fn, this.table, ['UpdateItem'], ['REVOKED#token#*']);
  }

  /** Lets a function revoke all that a key signed. */
  grantKeyRevocation(fn: TokenFunction): void {
    this.#nameTo(fn);
    allowItems(fn, this.table, ['UpdateItem'], ['REVOKED#key#*']);
  }

  #nameTo(fn: TokenFunction): void {
    fn.set('LEDGER_TABLE', this.table.tableName);
  }

  #keepUsage(fn: TokenFunction): void {
    fn.set('USAGE_RETENTION_DAYS', String(this.#retentionDays));
  }
}
