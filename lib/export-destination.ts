/** Where the export can deliver to, as Data Firehose has it; and what its role needs for that. */
import type { CfnDeliveryStreamProps } from 'aws-cdk-lib/aws-kinesisfirehose';
import type { RecordFormat } from './export-records.ts';
import type { ExportTarget, TargetOf } from './export-target.ts';

/** What a role may do, and with what. */
export interface Right {
  actions: string[];
  resources: string[];
}

/** What is the same for all of them. */
export interface Common {
  roleArn: string;
  bucketArn: string;
  /** @returns the ARN of a collection of this account. */
  collectionArn: (id: string) => string;
  /** The log group of failures, and its streams for the destination and for the bucket. */
  log: { group: string; delivery: string; backup: string };
}

export interface Destination {
  format: RecordFormat;
  configuration: Partial<CfnDeliveryStreamProps>;
  rights: Right[];
  /** What its metrics begin with. */
  metrics: string;
}

/** The name of the index; a domain has one a month. */
const INDEX = 'tollgate';

/** Seconds for which a delivery is tried again; what fails still goes to the bucket. */
const RETRY = 3600;

export function destinationOf(target: ExportTarget, common: Common): Destination {
  switch (target.kind) {
    case 's3':
      return toBucket(common);
    case 'splunk':
      return toSplunk(target, common);
    case 'domain':
      return toDomain(target, common);
    case 'collection':
      return toCollection(target, common);
  }
}

const toBucket = (common: Common): Destination => ({
  format: 'plain',
  configuration: {
    extendedS3DestinationConfiguration: {
      ...bucket(common, common.log.delivery),
      prefix: 'records/!{timestamp:yyyy/MM/dd/HH}/',
      fileExtension: '.json.gz',
      processingConfiguration: { enabled: true, processors: [{ type: 'AppendDelimiterToRecord' }] },
    },
  },
  rights: [],
  metrics: 'DeliveryToS3',
});

const toSplunk = ({ endpoint, secretArn }: TargetOf<'splunk'>, common: Common): Destination => ({
  format: 'splunk',
  configuration: {
    splunkDestinationConfiguration: {
      hecEndpoint: endpoint,
      hecEndpointType: 'Event',
      secretsManagerConfiguration: { enabled: true, secretArn, roleArn: common.roleArn },
      bufferingHints: { intervalInSeconds: 60, sizeInMBs: 5 },
      retryOptions: { durationInSeconds: RETRY },
      s3BackupMode: 'FailedEventsOnly',
      s3Configuration: bucket(common, common.log.backup),
      cloudWatchLoggingOptions: logged(common, common.log.delivery),
    },
  },
  rights: [{ actions: ['secretsmanager:GetSecretValue'], resources: [secretArn] }],
  metrics: 'DeliveryToSplunk',
});

const toDomain = ({ arn }: TargetOf<'domain'>, common: Common): Destination => ({
  format: 'plain',
  configuration: {
    amazonopensearchserviceDestinationConfiguration: {
      domainArn: arn,
      indexRotationPeriod: 'OneMonth',
      s3BackupMode: 'FailedDocumentsOnly',
      ...indexed(common),
    },
  },
  rights: domainRights(arn),
  metrics: 'DeliveryToAmazonOpenSearchService',
});

const toCollection = ({ endpoint, id }: TargetOf<'collection'>, common: Common): Destination => ({
  format: 'plain',
  configuration: {
    amazonOpenSearchServerlessDestinationConfiguration: {
      collectionEndpoint: endpoint,
      s3BackupMode: 'FailedDocumentsOnly',
      ...indexed(common),
    },
  },
  rights: [{ actions: ['aoss:APIAccessAll'], resources: [common.collectionArn(id)] }],
  metrics: 'DeliveryToAmazonOpenSearchServerless',
});

const indexed = (common: Common) => ({
  indexName: INDEX,
  roleArn: common.roleArn,
  bufferingHints: { intervalInSeconds: 60, sizeInMBs: 5 },
  retryOptions: { durationInSeconds: RETRY },
  s3Configuration: bucket(common, common.log.backup),
  cloudWatchLoggingOptions: logged(common, common.log.delivery),
});

/** As the developer guide of Data Firehose lists them, for this index alone. */
const domainRights = (arn: string): Right[] => [
  {
    actions: ['es:DescribeDomain', 'es:DescribeDomains', 'es:DescribeDomainConfig'],
    resources: [arn],
  },
  { actions: ['es:ESHttpPost', 'es:ESHttpPut'], resources: [arn, `${arn}/*`] },
  {
    actions: ['es:ESHttpGet'],
    resources: [
      ...['_all/_settings', '_cluster/stats', '_nodes', '_nodes/*', '_stats'],
      ...[`${INDEX}*/_mapping/*`, `${INDEX}*/_stats`],
    ].map((path) => `${arn}/${path}`),
  },
];

const bucket = (common: Common, stream: string) => ({
  bucketArn: common.bucketArn,
  roleArn: common.roleArn,
  errorOutputPrefix: 'failed/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/',
  bufferingHints: { intervalInSeconds: 300, sizeInMBs: 64 },
  compressionFormat: 'GZIP',
  cloudWatchLoggingOptions: logged(common, stream),
});

const logged = ({ log }: Common, stream: string) => ({
  enabled: true,
  logGroupName: log.group,
  logStreamName: stream,
});
