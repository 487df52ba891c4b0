/** Warnings about budgets as events on the account's default bus. */
import { createHash } from 'node:crypto';
import {
  EventBridgeClient,
  type EventBridgeClientConfig,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import type { BudgetEvents, BudgetWarning } from '../domain/ledger/budget-warnings.ts';

/** What an EventBridge rule matches. */
export const SOURCE = 'tollgate';
export const DETAIL_TYPE = 'Tollgate Budget Threshold';

/**
 * @param config what differs from the defaults: the endpoint and credentials of a test. Region, credentials and
 *   `AWS_ENDPOINT_URL_EVENTBRIDGE` are otherwise read by the SDK itself.
 * @returns a client that gives up early: at most three attempts, each with 500 ms to connect and 1,500 ms to answer
 */
export const eventBridgeClient = (config: EventBridgeClientConfig = {}): EventBridgeClient =>
  new EventBridgeClient({
    maxAttempts: 3,
    // Without the throw the SDK only warns; and the timer ends with the headers, so a stalled body needs its own.
    requestHandler: {
      connectionTimeout: 500,
      requestTimeout: 1_500,
      throwOnRequestTimeout: true,
      socketTimeout: 1_500,
    },
    ...config,
  });

export interface EventAccess {
  client: EventBridgeClient;
  /** The stack's name, which tells the stages of an account apart. */
  stack: string;
}

/** @returns what tells of warnings: one `PutEvents` for those of a budget, which can be six. */
export const budgetEvents = ({ client, stack }: EventAccess): BudgetEvents => ({
  async publish(warnings) {
    const Entries = warnings.map((warning) => entryOf(stack, warning));
    const { FailedEntryCount = 0 } = await client.send(new PutEventsCommand({ Entries }));
    if (FailedEntryCount > 0) throw new Error('EventBridge did not take every event');
  },
});

const entryOf = (stack: string, warning: BudgetWarning): PutEventsRequestEntry => ({
  Source: SOURCE,
  DetailType: DETAIL_TYPE,
  Detail: JSON.stringify(detailOf(stack, warning)),
});

function detailOf(stack: string, { of, period, name, limit, spent, percent, threshold }: BudgetWarning) {
  return {
    // Of the same warning always the same, so that whoever hears it twice can tell.
    id: idOf([stack, of.kind, of.id, period, name, limit, threshold]),
    stack,
    ...(of.kind === 'client' ? { client_id: of.id } : { tenant: of.id }),
    period,
    [period === 'day' ? 'date' : 'month']: name,
    threshold,
    percent,
    limit_micro_dollars: limit,
    spent_micro_dollars: spent,
  };
}

const idOf = (parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
