/** Issued tokens, the lists that they are in, and the calls of each: what a token is traced by. */
import type { LineageReader, TokenList } from '../domain/ledger/ports.ts';
import type { TableAccess } from './dynamodb.ts';
import { recordsBetween } from './hours.ts';
import {
  credentialTokens,
  issuedTokenKey,
  parseIssuedToken,
  parseTokenEntry,
  tokenRecordRange,
  tokenSortKey,
  transactionTokens,
} from './items.ts';
import { itemsOf } from './query.ts';
import { readItem } from './read.ts';

/** Items of a page: no more are read than can be needed soon. */
const TOKENS = 100;
const CALLS = 1_000;

/**
 * @returns the reader: one `GetItem` for a token, one query for each hundred of a list, and eight for an hour of its
 *   calls. All reads are strongly consistent.
 */
export const lineageReader = (ledger: TableAccess): LineageReader => ({
  async issued(jti) {
    const item = await readItem(ledger, issuedTokenKey(jti), 'reading an issued token');
    return item === undefined ? undefined : parseIssuedToken(item);
  },
  async *tokensOf(list, before) {
    const items = itemsOf(ledger, {
      partition: partitionOf(list),
      ...(before !== undefined && {
        where: { condition: '#sk < :before', values: { ':before': tokenSortKey(before) } },
      }),
      ...{ descending: true, pageSize: TOKENS, what: 'reading issued tokens' },
    });
    for await (const item of items) yield parseTokenEntry(item);
  },
  callsOf: (token, hour, after) => recordsBetween(ledger, hour, tokenRecordRange(token, after), CALLS),
});

const partitionOf = (list: TokenList): string =>
  list.of === 'credential' ? credentialTokens(list.clientId, list.credentialId) : transactionTokens(list.txn);
