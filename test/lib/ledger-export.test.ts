/** The optional construct that ships the ledger's records: exactly its resources and rights, and nothing without it. */
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { exportDefinition, exportFilter } from '../../lib/export-records.ts';
import { parseExportTarget } from '../../lib/export-target.ts';
import { Ledger } from '../../lib/ledger.ts';
import { LedgerExport } from '../../lib/ledger-export.ts';
import { lifecycleOf } from '../../lib/lifecycle.ts';
import { createBareApp, findingsIn } from './findings.ts';
import { createApp, type Resource, synth } from './synth.ts';

const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:splunk-AbCdEf';
const DOMAIN = 'arn:aws:es:us-east-1:123456789012:domain/audit';
const targets = {
  s3: 's3',
  splunk: `splunk:https://hec.example.com:8088,${SECRET}`,
  domain: `opensearch:${DOMAIN}`,
  collection: 'opensearch:https://abc123def456.us-east-1.aoss.amazonaws.com',
};
type Name = keyof typeof targets;

const exports = new Map<string, ReturnType<typeof create>>();

/** The construct alone, beside the table that it ships; made once. */
function exporting(name: Name, stage = 'prod') {
  const id = `${name} ${stage}`;
  const made = exports.get(id) ?? create(name, stage);
  exports.set(id, made);
  return made;
}

function create(name: Name, stage: string) {
  const stack = new Stack(createBareApp(), 'Test');
  const lifecycle = lifecycleOf(stage);
  const { table } = new Ledger(stack, 'Ledger', { lifecycle, retentionDays: 90, streams: true });
  const target = parseExportTarget(targets[name]);
  if (target === undefined) throw new Error(`no target: ${targets[name]}`);
  const { watched } = new LedgerExport(stack, 'Export', { name: 'Tollgate-test', table, target, lifecycle });
  const resources = Object.entries(Template.fromStack(stack).toJSON().Resources as Record<string, Resource>);
  const ofType = (type: string) => resources.filter(([, { Type }]) => Type === type).map(([, one]) => one);
  return { resources, ofType, watched };
}

const whole = synth({ exportTo: targets.splunk });
const without = synth();

describe('a deployment without exportTo', () => {
  it('has no stream, and nothing of the export', () => {
    expect(JSON.stringify(without.template)).not.toMatch(
      /StreamSpecification|AWS::(Pipes|KinesisFirehose|S3|SQS|StepFunctions)::/,
    );
  });

  it('is the same as with it but for the export’s own, the table’s stream and the alarms', () => {
    const changed = [...without.resources].filter(([id, resource]) => {
      const { StreamSpecification: _, ...properties } = whole.resources.get(id)?.Properties ?? {};
      expect(properties).toEqual(resource.Properties);
      return JSON.stringify(whole.resources.get(id)) !== JSON.stringify(resource);
    });
    expect(changed.map(([, { Type }]) => Type)).toEqual(['AWS::DynamoDB::Table']);
    const added = [...whole.resources].filter(([id]) => !without.resources.has(id));
    expect(added.filter(([id]) => !/^(LedgerExport|MonitoringAlarmsExport)/.test(id))).toEqual([]);
  });
});

describe('the export', () => {
  it('has exactly these resources', () => {
    const counts: Record<string, number> = {};
    for (const [, { Type }] of exporting('s3').resources) counts[Type] = (counts[Type] ?? 0) + 1;
    expect(counts).toEqual({
      'AWS::DynamoDB::Table': 1,
      'AWS::IAM::Policy': 2,
      'AWS::IAM::Role': 3,
      'AWS::KinesisFirehose::DeliveryStream': 1,
      'AWS::Logs::LogGroup': 1,
      'AWS::Logs::LogStream': 2,
      'AWS::Pipes::Pipe': 1,
      'AWS::S3::Bucket': 1,
      'AWS::S3::BucketPolicy': 1,
      'AWS::SQS::Queue': 1,
      'AWS::SQS::QueuePolicy': 1,
      'AWS::StepFunctions::StateMachine': 1,
    });
  });

  it('takes new images from the ledger’s stream, from its beginning, and gives up after twelve hours', () => {
    const { ofType } = exporting('s3');
    expect(ofType('AWS::DynamoDB::Table')[0]?.Properties.StreamSpecification).toEqual({
      StreamViewType: 'NEW_IMAGE',
    });
    expect(ofType('AWS::Pipes::Pipe')[0]?.Properties).toMatchObject({
      Name: 'Tollgate-test-ledger-export',
      SourceParameters: {
        FilterCriteria: { Filters: [{ Pattern: exportFilter() }] },
        DynamoDBStreamParameters: {
          ...{ StartingPosition: 'TRIM_HORIZON', BatchSize: 50, MaximumRecordAgeInSeconds: 43_200 },
          DeadLetterConfig: { Arn: { 'Fn::GetAtt': [expect.stringMatching(/^ExportLost/), 'Arn'] } },
        },
      },
      Enrichment: { 'Fn::GetAtt': [expect.stringMatching(/^ExportFlatten/), 'Arn'] },
      Target: { 'Fn::GetAtt': [expect.stringMatching(/^ExportStream/), 'Arn'] },
    });
  });

  it.each<[Name, 'plain' | 'splunk']>([
    ['s3', 'plain'],
    ['splunk', 'splunk'],
    ['domain', 'plain'],
    ['collection', 'plain'],
  ])('to %s has records in the format %s', (name, format) => {
    const [machine] = exporting(name).ofType('AWS::StepFunctions::StateMachine');
    expect(machine?.Properties).toMatchObject({
      ...{ StateMachineType: 'EXPRESS', DefinitionString: exportDefinition(format) },
    });
  });
});

describe('the delivery', () => {
  const of = (name: Name) =>
    exporting(name).ofType('AWS::KinesisFirehose::DeliveryStream')[0]?.Properties ?? {};
  const stored = {
    CompressionFormat: 'GZIP',
    ErrorOutputPrefix: 'failed/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/',
    CloudWatchLoggingOptions: { Enabled: true },
  };

  it.each(Object.keys(targets) as Name[])('is encrypted while it waits: %s', (name) => {
    expect(of(name).DeliveryStreamEncryptionConfigurationInput).toEqual({ KeyType: 'AWS_OWNED_CMK' });
  });

  it('to S3 is compressed, one record a line, by hour', () => {
    expect(of('s3').ExtendedS3DestinationConfiguration).toMatchObject({
      ...stored,
      Prefix: 'records/!{timestamp:yyyy/MM/dd/HH}/',
      ProcessingConfiguration: { Enabled: true, Processors: [{ Type: 'AppendDelimiterToRecord' }] },
    });
  });

  it('to Splunk is events, with the token from the secret, and what fails in the bucket', () => {
    const { SplunkDestinationConfiguration: splunk } = of('splunk');
    expect(splunk).toMatchObject({
      ...{ HECEndpoint: 'https://hec.example.com:8088', HECEndpointType: 'Event' },
      SecretsManagerConfiguration: { Enabled: true, SecretARN: SECRET },
      ...{ S3BackupMode: 'FailedEventsOnly', S3Configuration: stored },
    });
    expect(splunk).not.toHaveProperty('HECToken');
  });

  it('to a domain is an index a month, and what fails in the bucket', () => {
    expect(of('domain').AmazonopensearchserviceDestinationConfiguration).toMatchObject({
      ...{ DomainARN: DOMAIN, IndexName: 'tollgate', IndexRotationPeriod: 'OneMonth' },
      ...{ S3BackupMode: 'FailedDocumentsOnly', S3Configuration: stored },
    });
  });

  it('to a collection is an index, and what fails in the bucket', () => {
    expect(of('collection').AmazonOpenSearchServerlessDestinationConfiguration).toMatchObject({
      CollectionEndpoint: 'https://abc123def456.us-east-1.aoss.amazonaws.com',
      ...{ IndexName: 'tollgate', S3BackupMode: 'FailedDocumentsOnly', S3Configuration: stored },
    });
  });
});

describe('the bucket', () => {
  it('is private, encrypted, asks for TLS, and stays in stage prod', () => {
    const { ofType } = exporting('s3');
    const [bucket] = ofType('AWS::S3::Bucket');
    expect(bucket).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    expect(bucket?.Properties).toMatchObject({
      PublicAccessBlockConfiguration: {
        ...{ BlockPublicAcls: true, BlockPublicPolicy: true },
        ...{ IgnorePublicAcls: true, RestrictPublicBuckets: true },
      },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      VersioningConfiguration: { Status: 'Enabled' },
    });
    const [policy] = ofType('AWS::S3::BucketPolicy');
    expect(JSON.stringify(policy?.Properties)).toContain('"aws:SecureTransport":"false"');
  });

  it('moves old records to cheaper storage in prod, and forgets them in any other stage', () => {
    const rulesOf = (stage: string) =>
      exporting('s3', stage).ofType('AWS::S3::Bucket')[0]?.Properties.LifecycleConfiguration;
    expect(rulesOf('prod')).toMatchObject({
      Rules: [{ Transitions: [{ StorageClass: 'GLACIER_IR', TransitionInDays: 90 }] }],
    });
    expect(JSON.stringify(rulesOf('prod'))).not.toContain('"ExpirationInDays"');
    expect(rulesOf('dev')).toMatchObject({ Rules: [{ ExpirationInDays: 30 }] });
    expect(exporting('s3', 'dev').ofType('AWS::S3::Bucket')[0]).toMatchObject({ DeletionPolicy: 'Delete' });
  });
});

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Condition?: unknown;
}

/** `action on resource`, a line each; logical ids without their hashes. */
function rightsOf(name: Name, role: string): string[] {
  const policies = exporting(name).ofType('AWS::IAM::Policy');
  const own = policies.filter(({ Properties }) => JSON.stringify(Properties.Roles).includes(`"${role}`));
  return own
    .flatMap(({ Properties }) => (Properties.PolicyDocument as { Statement: Statement[] }).Statement)
    .flatMap(({ Effect, Action, Resource, Condition }) => {
      expect([Effect, Condition]).toEqual(['Allow', undefined]);
      const resources = (Array.isArray(Resource) ? Resource : [Resource]).map(named);
      return [Action].flat().flatMap((action) => resources.map((one) => `${action} on ${one}`));
    })
    .sort();
}

function named(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const { 'Fn::GetAtt': attribute, 'Fn::Join': joined, Ref } = resource as Record<string, unknown[]>;
  if (Ref !== undefined) return `{${Ref}}`;
  if (attribute !== undefined) return `${attribute[0]}.${attribute[1]}`.replace(/[0-9A-F]{8}(?=\.)/, '');
  return ((joined ?? [])[1] as unknown[]).map(named).join('');
}

describe('what the export may do', () => {
  it('the pipe: read the one stream, call the one state machine, put into the one delivery, say what is lost', () => {
    expect(rightsOf('s3', 'ExportPipeRole')).toEqual([
      'dynamodb:DescribeStream on LedgerTable.StreamArn',
      'dynamodb:GetRecords on LedgerTable.StreamArn',
      'dynamodb:GetShardIterator on LedgerTable.StreamArn',
      'dynamodb:ListStreams on LedgerTable.Arn/stream/*',
      'firehose:PutRecord on ExportStream.Arn',
      'firehose:PutRecordBatch on ExportStream.Arn',
      'sqs:SendMessage on ExportLost.Arn',
      'states:StartSyncExecution on ExportFlatten.Arn',
    ]);
  });

  const storing = [
    'logs:PutLogEvents on ExportLog.Arn',
    's3:AbortMultipartUpload on ExportBucket.Arn/*',
    's3:GetBucketLocation on ExportBucket.Arn',
    's3:GetObject on ExportBucket.Arn/*',
    's3:ListBucket on ExportBucket.Arn',
    's3:ListBucketMultipartUploads on ExportBucket.Arn',
    's3:PutObject on ExportBucket.Arn/*',
  ];

  it.each<[Name, string[]]>([
    ['s3', []],
    ['splunk', [`secretsmanager:GetSecretValue on ${SECRET}`]],
    [
      'domain',
      [
        `es:DescribeDomain on ${DOMAIN}`,
        `es:DescribeDomainConfig on ${DOMAIN}`,
        `es:DescribeDomains on ${DOMAIN}`,
        ...['_all/_settings', '_cluster/stats', '_nodes', '_nodes/*', '_stats'].map(
          (path) => `es:ESHttpGet on ${DOMAIN}/${path}`,
        ),
        `es:ESHttpGet on ${DOMAIN}/tollgate*/_mapping/*`,
        `es:ESHttpGet on ${DOMAIN}/tollgate*/_stats`,
        ...['Post', 'Put'].flatMap((verb) => [
          `es:ESHttp${verb} on ${DOMAIN}`,
          `es:ESHttp${verb} on ${DOMAIN}/*`,
        ]),
      ],
    ],
    [
      'collection',
      [
        'aoss:APIAccessAll on arn:{AWS::Partition}:aoss:{AWS::Region}:{AWS::AccountId}:collection/abc123def456',
      ],
    ],
  ])('the delivery to %s: write its bucket and its log, and what that asks for', (name, more) => {
    expect(rightsOf(name, 'ExportDeliveryRole')).toEqual([...storing, ...more].sort());
  });

  it('the state machine: nothing', () => {
    expect(rightsOf('s3', 'ExportFlattenRole')).toEqual([]);
  });

  it('is for the services alone, the pipe’s role for this very pipe', () => {
    const roles = exporting('s3').ofType('AWS::IAM::Role');
    const trusted = roles.map(({ Properties }) => {
      const { Statement } = Properties.AssumeRolePolicyDocument as {
        Statement: { Principal: { Service: string }; Condition?: object }[];
      };
      return Statement.map(({ Principal, Condition = {} }) => [Principal.Service, Object.keys(Condition)]);
    });
    expect(trusted.flat()).toEqual([
      ['firehose.amazonaws.com', []],
      ['states.amazonaws.com', ['StringEquals']],
      ['pipes.amazonaws.com', ['StringEquals', 'ArnEquals']],
    ]);
  });
});

describe('the alarms', () => {
  it.each<[Name, string]>([
    ['s3', 'DeliveryToS3'],
    ['splunk', 'DeliveryToSplunk'],
    ['domain', 'DeliveryToAmazonOpenSearchService'],
    ['collection', 'DeliveryToAmazonOpenSearchServerless'],
  ])('of the export to %s watch the pipe, its queue, and %s', (name, metrics) => {
    const { watched } = exporting(name);
    expect(watched.map(({ id, threshold }) => [id, threshold])).toEqual([
      ['ExportFailed', 3],
      ['ExportLost', 1],
      ['ExportLate', 1800],
      ['ExportUndelivered', 0.01],
    ]);
    const late = watched.find(({ id }) => id === 'ExportLate')?.metric.toMetricConfig().metricStat;
    expect(late).toMatchObject({ namespace: 'AWS/Firehose', metricName: `${metrics}.DataFreshness` });
  });

  it('are raised in the stack, and told to whom all are told', () => {
    const names = whole.ofType('AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties.AlarmName);
    expect(names.filter((name) => /Export/.test(String(name)))).toHaveLength(4);
  });
});

describe('the checks', () => {
  it.each(['dev', 'prod'])('of cdk-nag and of Tollgate find nothing in stage %s', (stage) => {
    const { app, stack } = createApp({ stage, exportTo: targets.splunk, alarmEmail: 'ops@example.com' });
    expect(new AwsSolutionsChecks(app).validateScope(app)).toEqual({ success: true, violations: [] });
    expect(findingsIn(stack)).toEqual([]);
  });

  it('of cdk-nag find nothing with a domain, whose rights are the widest', () => {
    const { app } = createApp({ exportTo: targets.domain });
    expect(new AwsSolutionsChecks(app).validateScope(app)).toEqual({ success: true, violations: [] });
  });
});
