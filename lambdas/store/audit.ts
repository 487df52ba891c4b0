/** The audit trail in the ledger: a record is put before a change, and completed after it. */
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { AuditReader, AuditWriter } from '../domain/audit.ts';
import { answered, type TableAccess } from './dynamodb.ts';
import { auditItem, auditKey, auditPartition, parseAudit } from './items.ts';
import { itemsOf } from './query.ts';

/** @returns the trail as whoever changes something sees it: one write each. */
export const auditWriter = ({ client, table }: TableAccess): AuditWriter => ({
  async begin(record) {
    const put = new PutCommand({ TableName: table, Item: auditItem(record) });
    await answered(client.send(put), 'writing the audit trail');
  },

  async end(record, { status, code }) {
    const update = new UpdateCommand({
      TableName: table,
      Key: auditKey(record),
      UpdateExpression: code === undefined ? 'SET #status = :status' : 'SET #status = :status, #code = :code',
      ExpressionAttributeNames: { '#status': 'status', ...(code !== undefined && { '#code': 'code' }) },
      ExpressionAttributeValues: { ':status': status, ...(code !== undefined && { ':code': code }) },
    });
    await answered(client.send(update), 'completing the audit trail');
  },
});

const DAY = 24 * 3600 * 1000;

/** @returns the trail as an auditor sees it: one query for each day, and for each megabyte of it. */
export const auditReader = (ledger: TableAccess): AuditReader => ({
  async *records({ from, to, before }) {
    const end = new Date(before?.at ?? to - 1).toISOString();
    const until = before === undefined ? `${new Date(to).toISOString()}` : auditKey(before).sk;
    for (let day = Date.parse(end.slice(0, 10)); day + DAY > from; day -= DAY) {
      const where = {
        condition: '#sk BETWEEN :from AND :until',
        values: { ':from': new Date(from).toISOString(), ':until': until },
      };
      const what = 'reading the audit trail';
      const partition = auditPartition(day);
      for await (const item of itemsOf(ledger, { partition, where, descending: true, what })) {
        if (item.sk !== until) yield parseAudit(item);
      }
    }
  },
});
