/**
 * The ledger: revocations, issued tokens and usage. No function that a client or a token reaches can both revoke and
 * read what was used; operators' can.
 */
import { StreamViewType, type Table } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { Lifecycle } from './lifecycle.ts';
import { allowItems, createTable } from './table.ts';
import type { TokenFunction } from './token-function.ts';

export interface LedgerProps {
  lifecycle: Lifecycle;
  /** Days that usage records and issued tokens are kept. */
  retentionDays: number;
  /** Whether the table tells in a stream what is written, for the export. */
  streams?: boolean;
}

export class Ledger extends Construct {
  readonly table: Table;
  readonly #retentionDays: number;

  constructor(scope: Construct, id: string, props: LedgerProps) {
    super(scope, id);
    this.table = createTable(
      this,
      props.lifecycle,
      props.streams === true ? StreamViewType.NEW_IMAGE : undefined,
    );
    this.#retentionDays = props.retentionDays;
  }

  /** Lets a function write down a token that it issued, and the login's usage, and see what may be spent. */
  grantIssuance(fn: TokenFunction): void {
    this.#nameTo(fn);
    this.#keepUsage(fn);
    allowItems(fn, this.table, ['BatchWriteItem'], ['TOKEN#*', 'USAGE#*', 'CREDENTIAL#*', 'TXN#*']);
    allowItems(fn, this.table, ['BatchGetItem'], ['BUDGETS']);
    this.grantPrices(fn);
  }

  /** Lets a protected function see what is revoked, and append usage. */
  grantGuard(fn: TokenFunction): void {
    this.#nameTo(fn);
    this.#keepUsage(fn);
    allowItems(fn, this.table, ['BatchGetItem'], ['REVOKED#*']);
    allowItems(fn, this.table, ['PutItem'], ['USAGE#*']);
    this.grantPrices(fn);
  }

  /** Lets a function know what calls cost, as far as operators have said so. */
  grantPrices(fn: TokenFunction): void {
    this.#nameTo(fn);
    allowItems(fn, this.table, ['GetItem'], ['PRICES']);
  }

  /** Lets a function say what calls will cost. */
  grantPricing(fn: TokenFunction): void {
    this.grantPrices(fn);
    this.#keepUsage(fn);
    allowItems(fn, this.table, ['PutItem'], ['PRICES']);
  }

  /** Lets a function of the operators note who changed what. */
  grantAudit(fn: TokenFunction): void {
    this.#nameTo(fn);
    allowItems(fn, this.table, ['PutItem', 'UpdateItem'], ['AUDIT#*']);
  }

  /** Lets a function read who changed what. */
  grantAuditReport(fn: TokenFunction): void {
    this.#nameTo(fn);
    allowItems(fn, this.table, ['Query'], ['AUDIT#*']);
  }

  /** Lets a function of the operators revoke whatever can be revoked, and see what is. */
  grantRevocation(fn: TokenFunction): void {
    this.#nameTo(fn);
    allowItems(fn, this.table, ['UpdateItem', 'BatchGetItem'], ['REVOKED#*']);
  }

  /** Lets a function revoke all tokens of clients and credentials, and see which of them have budgets. */
  grantEnding(fn: TokenFunction): void {
    this.#nameTo(fn);
    allowItems(fn, this.table, ['UpdateItem'], ['REVOKED#client#*', 'REVOKED#credential#*']);
    allowItems(fn, this.table, ['GetItem'], ['BUDGETS']);
  }

  /** Lets a function end what has leaked, and tell what was done with it. */
  grantLeaks(fn: TokenFunction): void {
    this.grantLineage(fn);
    allowItems(fn, this.table, ['UpdateItem'], ['REVOKED#token#*', 'REVOKED#credential#*']);
  }

  /** Lets a function see what is revoked. */
  grantRevocationCheck(fn: TokenFunction): void {
    this.#nameTo(fn);
    allowItems(fn, this.table, ['BatchGetItem'], ['REVOKED#*']);
  }

  /** Lets a function read usage, of closed hours and of open ones. */
  grantUsageReport(fn: TokenFunction): void {
    this.#nameTo(fn);
    allowItems(fn, this.table, ['Query'], ['USAGE#*', 'ROLLUP#*', 'TOTAL#*', 'ACTIVE#*']);
    allowItems(fn, this.table, ['GetItem'], ['CLOSING']);
  }

  /** Lets a function follow tokens: where they came from, and what was done with them. */
  grantLineage(fn: TokenFunction): void {
    this.#nameTo(fn);
    allowItems(fn, this.table, ['Query'], ['USAGE#*', 'CREDENTIAL#*', 'TXN#*']);
    allowItems(fn, this.table, ['GetItem'], ['TOKEN#*']);
  }

  /** Lets a function read closed months. */
  grantStatements(fn: TokenFunction): void {
    this.#nameTo(fn);
    allowItems(fn, this.table, ['Query'], ['ROLLUP#*', 'TOTAL#*', 'ACTIVE#*', 'CHAIN', 'LATE']);
    allowItems(fn, this.table, ['GetItem'], ['CLOSING', 'HOUR#*']);
  }

  /** Lets a function sum up hours, chain them, and say what was spent of the budgets. */
  grantClosing(fn: TokenFunction): void {
    this.#nameTo(fn);
    this.#keepUsage(fn);
    const read = ['USAGE#*', 'ROLLUP#*', 'TOTAL#*', 'ACTIVE#*', 'CHAIN', 'LATE', 'BUDGETS'];
    allowItems(fn, this.table, ['Query'], read);
    allowItems(fn, this.table, ['GetItem'], ['CLOSING', 'HOUR#*', 'SEEN#*']);
    const written = ['ROLLUP#*', 'TOTAL#*', 'ACTIVE#*', 'CHAIN', 'HOUR#*', 'SEEN#*'];
    allowItems(fn, this.table, ['PutItem'], written);
    allowItems(fn, this.table, ['UpdateItem'], ['CLOSING', 'BUDGETS']);
    allowItems(fn, this.table, ['PutItem', 'DeleteItem'], ['LATE']);
  }

  /** Lets a function book what is missing, and count closed hours anew. */
  grantBookkeeping(fn: TokenFunction): void {
    this.#nameTo(fn);
    this.#keepUsage(fn);
    allowItems(fn, this.table, ['Query'], ['USAGE#*', 'CHAIN', 'LATE']);
    allowItems(fn, this.table, ['GetItem'], ['HOUR#*', 'CLOSING']);
    allowItems(fn, this.table, ['PutItem'], ['USAGE#*', 'TOKEN#*', 'CREDENTIAL#*', 'TXN#*', 'LATE']);
    this.grantPrices(fn);
  }

  /** Lets a function say what may be spent. */
  grantBudgets(fn: TokenFunction): void {
    this.#nameTo(fn);
    allowItems(fn, this.table, ['Query', 'UpdateItem', 'DeleteItem'], ['BUDGETS']);
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
