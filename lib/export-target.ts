/** Where `exportTo` says that the ledger's records go; `docs/export.md` has an example of each. */

export type ExportTarget =
  | { kind: 's3' }
  /** The address of an HTTP Event Collector, and the secret with its token. */
  | { kind: 'splunk'; endpoint: string; secretArn: string }
  /** A domain of OpenSearch Service. */
  | { kind: 'domain'; arn: string }
  /** A collection of OpenSearch Serverless. */
  | { kind: 'collection'; endpoint: string; id: string };

export type TargetOf<Kind extends ExportTarget['kind']> = Extract<ExportTarget, { kind: Kind }>;

/** What {@link parseExportTarget} takes, for people. */
export const EXPORT_TARGETS =
  's3, splunk:https://<host>:<port>,<ARN of a secret>, opensearch:<ARN of a domain> or opensearch:https://<id>.<region>.aoss.amazonaws.com';

/** @returns the target, or `undefined` where the text names none. */
export function parseExportTarget(text: string): ExportTarget | undefined {
  if (text === 's3') return { kind: 's3' };
  const splunk =
    /^splunk:(https:\/\/[\w.-]+(?::\d{1,5})?),(arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@!-]+)$/;
  const [, address, secretArn] = splunk.exec(text) ?? [];
  if (address !== undefined && secretArn !== undefined)
    return { kind: 'splunk', endpoint: address, secretArn };
  const [, arn] = /^opensearch:(arn:[\w-]+:es:[\w-]+:\d{12}:domain\/[a-z][a-z0-9-]{2,27})$/.exec(text) ?? [];
  if (arn !== undefined) return { kind: 'domain', arn };
  const collection = /^opensearch:(https:\/\/([a-z0-9]{3,40})\.[a-z0-9-]+\.aoss\.amazonaws\.com)$/;
  const [, endpoint, id] = collection.exec(text) ?? [];
  return endpoint === undefined || id === undefined ? undefined : { kind: 'collection', endpoint, id };
}
