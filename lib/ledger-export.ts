/**
 * Ships what the ledger gets to where audit logs live: the table's stream, a pipe that picks records and makes flat
 * JSON of them, and Data Firehose, which batches, compresses, tries again and keeps what could not be delivered. All
 * of it is AWS's; no function of ours runs. Whatever fails here changes nothing for a caller.
 */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import { LogGroup, LogStream } from 'aws-cdk-lib/aws-logs';
import { CfnPipe } from 'aws-cdk-lib/aws-pipes';
import { BlockPublicAccess, Bucket, BucketEncryption, StorageClass } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Watched } from './alarms.ts';
import { type Destination, destinationOf, type Right } from './export-destination.ts';
import { exportDefinition, exportFilter } from './export-records.ts';
import type { ExportTarget } from './export-target.ts';
import { acknowledge } from './findings.ts';
import type { Lifecycle } from './lifecycle.ts';

export interface LedgerExportProps {
  /** What the names of the pipe and of its alarms begin with. */
  name: string;
  /** A table with a stream of new images. */
  table: Table;
  target: ExportTarget;
  lifecycle: Lifecycle;
}

export class LedgerExport extends Construct {
  /** What has to wake somebody. */
  readonly watched: Watched[];
  /** The records, or those that could not be delivered elsewhere. */
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: LedgerExportProps) {
    super(scope, id);
    const { table, target, lifecycle } = props;
    const pipeName = `${props.name}-ledger-export`;
    this.bucket = this.#bucket(lifecycle);
    const deliveryRole = new Role(this, 'DeliveryRole', {
      assumedBy: new ServicePrincipal('firehose.amazonaws.com'),
    });
    const destination = this.#destination(target, deliveryRole, lifecycle);
    const delivery = this.#delivery(deliveryRole, destination);
    const flatten = this.#flatten(destination);
    const lost = this.#lost(lifecycle);
    this.#pipe({ pipeName, table, flatten, delivery, lost });
    this.watched = watchedOf({ pipeName, lost, stream: delivery.ref, destination });
  }

  #bucket({ removalPolicy }: Lifecycle): Bucket {
    const isKept = removalPolicy !== RemovalPolicy.DESTROY;
    const bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      versioned: true,
      lifecycleRules: [
        {
          abortIncompleteMultipartUploadAfter: Duration.days(7),
          noncurrentVersionExpiration: Duration.days(30),
          ...(isKept
            ? {
                transitions: [
                  {
                    storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL,
                    transitionAfter: Duration.days(90),
                  },
                ],
              }
            : { expiration: Duration.days(30) }),
        },
      ],
      removalPolicy,
    });
    acknowledge(
      bucket,
      'AwsSolutions-S1',
      'It is a log itself: who reads it is a question to CloudTrail’s data events, not to one more bucket.',
    );
    return bucket;
  }

  #destination(target: ExportTarget, role: Role, lifecycle: Lifecycle): Destination {
    const { logRetention: retention, removalPolicy } = lifecycle;
    const logGroup = new LogGroup(this, 'Log', { retention, removalPolicy });
    const streams = ['Delivery', 'Backup'].map(
      (name) => new LogStream(this, `${name}Log`, { logGroup, removalPolicy }),
    );
    const [delivery = '', backup = ''] = streams.map(({ logStreamName }) => logStreamName);
    const bucketArn = this.bucket.bucketArn;
    const destination = destinationOf(target, {
      ...{ roleArn: role.roleArn, bucketArn },
      collectionArn: (id) =>
        Stack.of(this).formatArn({ service: 'aoss', resource: 'collection', resourceName: id }),
      log: { group: logGroup.logGroupName, delivery, backup },
    });
    const storing: Right[] = [
      {
        actions: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
        resources: [bucketArn],
      },
      {
        actions: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'],
        resources: [`${bucketArn}/*`],
      },
      { actions: ['logs:PutLogEvents'], resources: [logGroup.logGroupArn] },
    ];
    allow(role, [...storing, ...destination.rights], 'All objects of its bucket, all streams of its log.');
    return destination;
  }

  #delivery(role: Role, { configuration }: Destination): CfnDeliveryStream {
    const stream = new CfnDeliveryStream(this, 'Stream', {
      deliveryStreamType: 'DirectPut',
      deliveryStreamEncryptionConfigurationInput: { keyType: 'AWS_OWNED_CMK' },
      ...configuration,
    });
    // Creating it tries the role out.
    stream.node.addDependency(role);
    return stream;
  }

  #flatten({ format }: Destination): CfnStateMachine {
    const machine = new CfnStateMachine(this, 'Flatten', {
      stateMachineType: 'EXPRESS',
      definitionString: exportDefinition(format),
      roleArn: this.#role('Flatten', 'states.amazonaws.com').roleArn,
    });
    const reason =
      'One state that calls nothing: the pipe’s metrics tell a failure, and a log would repeat each record.';
    acknowledge(machine, 'AwsSolutions-SF1', reason);
    acknowledge(machine, 'AwsSolutions-SF2', reason);
    return machine;
  }

  /** Where the pipe says which records it gave up. */
  #lost({ removalPolicy }: Lifecycle): Queue {
    const queue = new Queue(this, 'Lost', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy,
    });
    acknowledge(queue, 'AwsSolutions-SQS3', 'It is the pipe’s dead-letter queue.');
    return queue;
  }

  #pipe({ pipeName, table, flatten, delivery, lost }: Parts): void {
    const pipeArn = Stack.of(this).formatArn({ service: 'pipes', resource: 'pipe', resourceName: pipeName });
    const role = this.#role('Pipe', 'pipes.amazonaws.com', { ArnEquals: { 'aws:SourceArn': pipeArn } });
    const source = table.tableStreamArn ?? '';
    allow(
      role,
      [
        {
          actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
          resources: [source],
        },
        { actions: ['dynamodb:ListStreams'], resources: [`${table.tableArn}/stream/*`] },
        { actions: ['states:StartSyncExecution'], resources: [flatten.attrArn] },
        { actions: ['firehose:PutRecord', 'firehose:PutRecordBatch'], resources: [delivery.attrArn] },
        { actions: ['sqs:SendMessage'], resources: [lost.queueArn] },
      ],
      'Streams are listed by their table: all of this one.',
    );
    const pipe = new CfnPipe(this, 'Pipe', {
      name: pipeName,
      description: 'Tollgate: export of the ledger',
      roleArn: role.roleArn,
      source,
      sourceParameters: {
        filterCriteria: { filters: [{ pattern: exportFilter() }] },
        dynamoDbStreamParameters: {
          startingPosition: 'TRIM_HORIZON',
          // A state machine takes 262,144 characters: there is room for items of 5,000.
          batchSize: 50,
          maximumBatchingWindowInSeconds: 30,
          onPartialBatchItemFailure: 'AUTOMATIC_BISECT',
          // Half of what the stream keeps: a batch that always fails must not hold up the others until they are gone.
          maximumRecordAgeInSeconds: 12 * 3600,
          deadLetterConfig: { arn: lost.queueArn },
        },
      },
      enrichment: flatten.attrArn,
      target: delivery.attrArn,
    });
    // Creating it tries the role out.
    pipe.node.addDependency(role);
  }

  #role(id: string, service: string, conditions: Record<string, unknown> = {}): Role {
    const account = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    return new Role(this, `${id}Role`, {
      assumedBy: new ServicePrincipal(service, { conditions: { ...account, ...conditions } }),
    });
  }
}

interface Parts {
  pipeName: string;
  table: Table;
  flatten: CfnStateMachine;
  delivery: CfnDeliveryStream;
  lost: Queue;
}

/** @param wildcards why a resource may end in a star; findings of cdk-nag name each. */
function allow(role: Role, rights: Right[], wildcards: string): void {
  for (const { actions, resources } of rights) role.addToPolicy(new PolicyStatement({ actions, resources }));
  const named = rights
    .flatMap(({ resources }) => resources)
    .map((one) => nameOf(Stack.of(role).resolve(one)));
  for (const name of named.filter((one) => one.includes('*'))) {
    acknowledge(role, `AwsSolutions-IAM5[Resource::${name}]`, wildcards);
  }
}

/** As cdk-nag writes a resource, references in angle brackets. */
function nameOf(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const { 'Fn::Join': joined, 'Fn::GetAtt': attribute } = resource as Record<string, unknown[] | undefined>;
  if (attribute !== undefined) return `<${attribute.join('.')}>`;
  return joined === undefined ? '' : (joined[1] as unknown[]).map(nameOf).join('');
}

interface Observed {
  pipeName: string;
  lost: Queue;
  stream: string;
  destination: Destination;
}

function watchedOf({ pipeName, lost, stream, destination }: Observed): Watched[] {
  const period = Duration.minutes(5);
  const ofStream = (metric: string, statistic: string): Metric =>
    new Metric({
      namespace: 'AWS/Firehose',
      metricName: `${destination.metrics}.${metric}`,
      dimensionsMap: { DeliveryStreamName: stream },
      statistic,
      period,
    });
  const failed = new Metric({
    namespace: 'AWS/EventBridge/Pipes',
    metricName: 'ExecutionFailed',
    dimensionsMap: { PipeName: pipeName },
    statistic: Stats.SUM,
    period,
  });
  const given = lost.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, period });
  const undelivered = new MathExpression({
    expression: '1 - success',
    usingMetrics: { success: ofStream('Success', Stats.AVERAGE) },
    label: 'not delivered',
    period,
  });
  const age = ofStream('DataFreshness', Stats.MAXIMUM);
  return [
    // It tries again by itself for twelve hours.
    {
      id: 'ExportFailed',
      metric: failed,
      threshold: 3,
      description: 'The export’s pipe fails again and again',
    },
    { id: 'ExportLost', metric: given, threshold: 1, description: 'The export has given up records' },
    {
      id: 'ExportLate',
      metric: age,
      threshold: 1800,
      description: 'Records wait for half an hour to be delivered',
    },
    {
      id: 'ExportUndelivered',
      metric: undelivered,
      threshold: 0.01,
      description: 'Deliveries of the export fail',
    },
  ];
}
