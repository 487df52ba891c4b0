/** Strongly consistent queries of a partition, page by page. */
import { paginateQuery, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { answered, namesIn, type TableAccess } from './dynamodb.ts';

export interface PartitionQuery {
  partition: string;
  /** A condition on `#sk`, such as `#sk > :after`, and its values. */
  where?: { condition: string; values: Record<string, string> };
  /** How many items a page has at most; by default as many as fit into 1 MB. */
  pageSize?: number;
  /** From the last sort key to the first. */
  descending?: boolean;
  /** What is read, in words, for the error's message: no ids. */
  what: string;
}

/**
 * @returns the items, in the order of their sort keys or the reverse; the next page is asked for when it is needed
 * @throws {StoreUnavailable} while it is iterated
 */
export async function* pagesOf(
  { client, table }: TableAccess,
  { partition, where, pageSize, descending = false, what }: PartitionQuery,
): AsyncGenerator<Record<string, unknown>[], void, undefined> {
  const condition = ['#pk = :partition', ...(where === undefined ? [] : [where.condition])].join(' AND ');
  const query: QueryCommandInput = {
    TableName: table,
    ConsistentRead: true,
    ScanIndexForward: !descending,
    KeyConditionExpression: condition,
    ExpressionAttributeNames: namesIn(condition),
    ExpressionAttributeValues: { ':partition': partition, ...where?.values },
  };
  const paging = { client, ...(pageSize !== undefined && { pageSize }) };
  const pages = paginateQuery(paging, query)[Symbol.asyncIterator]();
  for (;;) {
    const page = await answered(pages.next(), what);
    if (page.done === true) return;
    yield page.value.Items ?? [];
  }
}

/** @returns the same, item by item. @throws {StoreUnavailable} while it is iterated */
export async function* itemsOf(
  ledger: TableAccess,
  query: PartitionQuery,
): AsyncGenerator<Record<string, unknown>, void, undefined> {
  for await (const page of pagesOf(ledger, query)) yield* page;
}
