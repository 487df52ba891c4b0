/** A table as both of ours are: string keys `pk` and `sk`, paid by use, restorable, items that expire. */
import { AttributeType, BillingMode, type StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import type { Lifecycle } from './lifecycle.ts';
import type { TokenFunction } from './token-function.ts';

export const createTable = (
  scope: Construct,
  { removalPolicy, deletionProtection }: Lifecycle,
  stream?: StreamViewType,
): Table =>
  new Table(scope, 'Table', {
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    sortKey: { name: 'sk', type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    timeToLiveAttribute: 'expiresAt',
    removalPolicy,
    deletionProtection,
    ...(stream !== undefined && { stream }),
  });

/**
 * Allows exactly these operations on the items whose partition key has one of the forms, and on no other item.
 *
 * @param operations DynamoDB's names, such as `PutItem`
 * @param partitions forms of partition keys, such as `CLIENT#*`
 */
export function allowItems(
  fn: TokenFunction,
  table: Pick<Table, 'tableArn'>,
  operations: string[],
  partitions: string[],
): void {
  const actions = operations.map((operation) => `dynamodb:${operation}`);
  fn.allow(actions, table.tableArn, { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': partitions } });
}
