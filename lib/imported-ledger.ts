/** The ledger of a Tollgate that is deployed already, or beside: what a protected function of one's own may do with it. */
import { type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { allowItems } from './table.ts';
import type { TokenFunction } from './token-function.ts';

export interface ImportedLedgerProps {
  /** The output `LedgerTable` of Tollgate's stack. */
  tableName: string;
  /** Days that usage records are kept, as Tollgate's `usageRetentionDays` says; 90 by default. */
  retentionDays?: number;
}

export class ImportedLedger extends Construct {
  readonly table: ITable;
  readonly #retentionDays: number;

  constructor(scope: Construct, id: string, { tableName, retentionDays = 90 }: ImportedLedgerProps) {
    super(scope, id);
    this.table = Table.fromTableName(this, 'Table', tableName);
    this.#retentionDays = retentionDays;
  }

  /** Lets a function see what is revoked, and append usage; prices of its own are in its code. */
  grantGuard(fn: TokenFunction): void {
    fn.set('LEDGER_TABLE', this.table.tableName);
    fn.set('USAGE_RETENTION_DAYS', String(this.#retentionDays));
    allowItems(fn, this.table, ['BatchGetItem'], ['REVOKED#*']);
    allowItems(fn, this.table, ['PutItem'], ['USAGE#*']);
  }
}
