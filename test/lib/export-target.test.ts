import { describe, expect, it } from 'vitest';
import { parseExportTarget } from '../../lib/export-target.ts';

const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:splunk-AbCdEf';
const DOMAIN = 'arn:aws:es:us-east-1:123456789012:domain/audit';

describe('exportTo', () => {
  it.each<[string, unknown]>([
    ['s3', { kind: 's3' }],
    [
      `splunk:https://hec.example.com:8088,${SECRET}`,
      { kind: 'splunk', endpoint: 'https://hec.example.com:8088', secretArn: SECRET },
    ],
    [`opensearch:${DOMAIN}`, { kind: 'domain', arn: DOMAIN }],
    [
      'opensearch:https://abc123def456.us-east-1.aoss.amazonaws.com',
      {
        kind: 'collection',
        endpoint: 'https://abc123def456.us-east-1.aoss.amazonaws.com',
        id: 'abc123def456',
      },
    ],
  ])('is read: %s', (text, target) => expect(parseExportTarget(text)).toEqual(target));

  it.each([
    '',
    'S3',
    's3:bucket',
    'splunk:https://hec.example.com:8088',
    `splunk:http://hec.example.com:8088,${SECRET}`,
    `splunk:https://user:word@hec.example.com,${SECRET}`,
    'splunk:https://hec.example.com,00000000-0000-0000-0000-000000000000',
    'opensearch:https://search.example.com',
    'opensearch:arn:aws:aoss:us-east-1:123456789012:collection/abc123def456',
    `opensearch:${DOMAIN}/index`,
    'https://example.com',
  ])('is refused: %j', (text) => expect(parseExportTarget(text)).toBeUndefined());
});
