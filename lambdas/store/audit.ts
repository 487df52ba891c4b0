/** The audit trail in the ledger: a record is put before a change, and completed after it. */
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { AuditReader, AuditWriter } from '../domain/audit.ts';
import { answered, namesIn, type TableAccess } from './dynamodb.ts';
import { auditItem, auditKey, auditPartition, auditSortKeys, parseAudit } from './items.ts';
import { itemsOf } from './query.ts';

/** @returns the trail as whoever changes something sees it: one write each. */
export const auditWriter = ({ client, table }: TableAccess): AuditWriter => ({
  async begin(record) {
    const put = new PutCommand({ TableName: table, Item: auditItem(record) });
    await answered(client.send(put), 'writing the audit trail');
  },

  async end(record, { status, code }) {
    const set = code === undefined ? 'SET #status = :status' : 'SET #status = :status, #code = :code';
    // An end alone would be an item that nobody can read.
    const condition = 'attribute_exists(#pk)';
    const update = new UpdateCommand({
      TableName: table,
      Key: auditKey(record),
      UpdateExpression: set,
      ConditionExpression: condition,
      ExpressionAttributeNames: namesIn(set, condition),
      ExpressionAttributeValues: { ':status': status, ...(code !== undefined && { ':code': code }) },
    });
    await answered(client.send(update), 'completing the audit trail');
  },
});

/** @returns the trail as an auditor sees it: one query for a day, and for each megabyte of it. */
export const auditReader = (ledger: TableAccess): AuditReader => ({
  async *recordsOf(day, span) {
    const { from, through, not } = auditSortKeys(span);
    // DynamoDB refuses such a range, and nothing is in it.
    if (from > through) return;
    const where = {
      condition: '#sk BETWEEN :from AND :through',
      values: { ':from': from, ':through': through },
    };
    const what = 'reading the audit trail';
    const query = { partition: auditPartition(day), where, descending: true, what };
    for await (const item of itemsOf(ledger, query)) {
      if (item.sk !== not) yield parseAudit(item);
    }
  },
});
