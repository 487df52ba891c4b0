import { Sha256 } from '@aws-crypto/sha256-js';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AwsCredentials } from '../../local/signature.ts';
import { MINUTE } from '../support/clock.ts';
import {
  allow,
  type LocalServices,
  startLocalServices,
  tableArn,
  templateWith,
} from '../support/local-services.ts';

let services: LocalServices;
let fn: AwsCredentials;

beforeAll(async () => {
  services = await startLocalServices(
    templateWith(allow('dynamodb:GetItem', tableArn), allow('secretsmanager:GetSecretValue', '*')),
  );
  fn = services.credentialsOf('Fn');
});

afterAll(() => services.close());

const get = { TableName: 'Items', Key: { pk: { S: 'a' }, sk: { S: '1' } } };

interface Change {
  credentials?: AwsCredentials;
  service?: string;
  region?: string;
  at?: number;
  /** What is sent instead of what was signed. */
  sent?: object;
  headers?: Record<string, string>;
  unsigned?: boolean;
}

/** Calls GetItem by hand. @returns status and type of the answer */
async function call(change: Change = {}): Promise<{ status: number; type: unknown }> {
  const { credentials = fn, service = 'dynamodb', region = 'us-east-1', at = Date.now() } = change;
  const { host, hostname } = new URL(services.endpoints.dynamodb);
  const body = JSON.stringify(get);
  const { headers } = await new SignatureV4({ credentials, region, service, sha256: Sha256 }).sign(
    {
      method: 'POST',
      protocol: 'http:',
      hostname,
      path: '/',
      query: {},
      headers: {
        host,
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'DynamoDB_20120810.GetItem',
      },
      body,
    },
    { signingDate: new Date(at) },
  );
  if (change.unsigned) delete headers.authorization;
  const response = await fetch(services.endpoints.dynamodb, {
    method: 'POST',
    headers: { ...headers, ...change.headers },
    body: change.sent === undefined ? body : JSON.stringify(change.sent),
  });
  const { __type } = (await response.json()) as { __type?: string };
  return { status: response.status, type: __type?.split('#')[1] };
}

describe('a call that is signed by a function', () => {
  it('passes', async () => {
    expect(await call()).toEqual({ status: 200, type: undefined });
  });

  it('passes with the SDK’s own signature, to both services', async () => {
    const { dynamodb, secrets } = services.clientsOf(fn);
    await dynamodb.send(new GetCommand({ TableName: 'Items', Key: { pk: 'a', sk: '1' } }));
    // There is no value yet; the call was let through to hear that.
    await expect(secrets.send(new GetSecretValueCommand({ SecretId: 'the/secret' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

describe('a call is refused', () => {
  it.each<[string, string, () => Change]>([
    ['that nobody signed', 'MissingAuthenticationTokenException', () => ({ unsigned: true })],
    [
      'with a header that is no signature',
      'IncompleteSignatureException',
      () => ({ headers: { authorization: 'AWS4-HMAC-SHA256 Credential=a' } }),
    ],
    [
      'by a key that nobody has',
      'UnrecognizedClientException',
      () => ({ credentials: { ...fn, accessKeyId: 'LOCAL0123456789ABCDE' } }),
    ],
    [
      'by one who names a function’s key but does not have its secret',
      'InvalidSignatureException',
      () => ({ credentials: { ...fn, secretAccessKey: 'guessed' } }),
    ],
    [
      'by one who names the operator’s key',
      'InvalidSignatureException',
      () => ({ credentials: { ...fn, accessKeyId: 'LOCALOPERATOR' } }),
    ],
    [
      'whose body is not what was signed',
      'InvalidSignatureException',
      () => ({ sent: { ...get, Key: { pk: { S: 'b' }, sk: { S: '1' } } } }),
    ],
    [
      'whose operation is not what was signed',
      'InvalidSignatureException',
      () => ({ headers: { 'x-amz-target': 'DynamoDB_20120810.Scan' } }),
    ],
    [
      'whose payload is declared as not signed',
      'InvalidSignatureException',
      () => ({ headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }),
    ],
    ['that is too old', 'InvalidSignatureException', () => ({ at: Date.now() - 6 * MINUTE })],
    ['for another service', 'IncompleteSignatureException', () => ({ service: 'secretsmanager' })],
    ['for another region', 'IncompleteSignatureException', () => ({ region: 'eu-west-1' })],
  ])('%s: %s', async (_, type, change) => {
    expect(await call(change())).toEqual({ status: 400, type });
  });

  it('of an operation or a version of the API that is not known', async () => {
    for (const target of ['DynamoDB_20120810.ExecuteStatement', 'DynamoDB_20111205.GetItem', 'x.GetItem']) {
      const { dynamodb } = services.clientsOf(fn);
      dynamodb.middlewareStack.add(
        (next) => (args) => {
          (args.request as { headers: Record<string, string> }).headers['x-amz-target'] = target;
          return next(args);
        },
        { step: 'build', priority: 'low' },
      );
      await expect(dynamodb.send(new GetCommand({ TableName: 'Items', Key: {} }))).rejects.toMatchObject({
        name: 'UnknownOperationException',
      });
    }
  });
});

describe('the operator', () => {
  it('may do everything', async () => {
    const { dynamodb, secrets } = services.operator;
    await dynamodb.send(new PutCommand({ TableName: 'Items', Item: { pk: 'a', sk: '1' } }));
    await expect(secrets.send(new GetSecretValueCommand({ SecretId: 'none' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

describe('another deployment', () => {
  it('brings its own keys and policies; the one before can end what it has begun, the one before that nothing', async () => {
    const own = await startLocalServices(templateWith(allow('dynamodb:GetItem', tableArn)));
    const read = (credentials: AwsCredentials) =>
      own
        .clientsOf(credentials)
        .dynamodb.send(new GetCommand({ TableName: 'Items', Key: { pk: 'a', sk: '1' } }));
    const first = own.credentialsOf('Fn');
    await read(first);
    await own.put(templateWith());
    await expect(read(own.credentialsOf('Fn'))).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await read(first);
    await own.put(templateWith());
    await expect(read(first)).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    await own.close();
  });
});
