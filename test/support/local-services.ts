/** DynamoDB, Secrets Manager and EventBridge as the local runner serves them for a template, and real clients of its functions. */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type Deployment, deploy } from '../../local/deploy.ts';
import { startDynamoDb } from '../../local/dynamodb.ts';
import { type BusEvent, startEventBridge } from '../../local/event-bridge.ts';
import { createEvaluator } from '../../local/iam/evaluate.ts';
import { guardDynamoDb, guardEvents, guardSecrets } from '../../local/iam/guard.ts';
import { createPrincipals } from '../../local/iam/principals.ts';
import { startSecretsManager } from '../../local/secrets-manager.ts';
import type { AwsCredentials } from '../../local/signature.ts';
import { templateSchema } from '../../local/template.ts';

export interface Clients {
  dynamodb: DynamoDBDocumentClient;
  secrets: SecretsManagerClient;
  events: EventBridgeClient;
}

export type LocalServices = Awaited<ReturnType<typeof startLocalServices>>;

/** @param given a template; the code of its functions is never run, and need not be there */
export async function startLocalServices(given: object) {
  const operator = { accessKeyId: 'LOCALOPERATOR', secretAccessKey: randomUUID() };
  const principals = createPrincipals(operator);
  const evaluate = createEvaluator();
  const denials: string[] = [];
  const onDenied = (sentence: string) => denials.push(sentence);
  const iam = { principals, evaluate, clock: Date.now, onDenied };
  const dynamodb = await startDynamoDb(undefined, guardDynamoDb(iam));
  const secrets = await startSecretsManager({ guard: (find) => guardSecrets(iam, find) });
  const events: BusEvent[] = [];
  const bus = await startEventBridge({ guard: guardEvents(iam), onEvent: (event) => events.push(event) });
  const endpoints = { dynamodb: dynamodb.url, secretsmanager: secrets.url, eventbridge: bus.url };
  const clients: Clients[] = [];

  /** Puts a template there, as a start or a change of the sources does. */
  const put = async (next: object): Promise<Deployment> => {
    const template = templateSchema.parse(next);
    const { createSecret } = secrets;
    const machine = {
      url: 'http://127.0.0.1:1',
      operator,
      endpoints,
      evaluate,
      createSecret,
      logOf: () => () => {},
    };
    const deployment = await deploy({ stackName: 'Test', template, assets: noAssets(template) }, machine);
    principals.admit(deployment.access, deployment.stackName);
    return deployment;
  };

  const clientsOf = (credentials: AwsCredentials): Clients => {
    const config = { region: 'us-east-1', credentials, maxAttempts: 1 };
    const dynamo = new DynamoDBClient({ ...config, endpoint: endpoints.dynamodb });
    const created = {
      dynamodb: DynamoDBDocumentClient.from(dynamo),
      secrets: new SecretsManagerClient({ ...config, endpoint: endpoints.secretsmanager }),
      events: new EventBridgeClient({ ...config, endpoint: endpoints.eventbridge }),
    };
    clients.push(created);
    return created;
  };

  let deployment: Deployment;
  const close = async () => {
    for (const one of clients) {
      one.dynamodb.destroy();
      one.secrets.destroy();
      one.events.destroy();
    }
    await bus.close();
    await dynamodb.close();
    await secrets.close();
  };
  try {
    deployment = await put(given);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    endpoints,
    principals,
    warnings: deployment.warnings,
    /** What the developer is told of. */
    denials,
    /** What was put on the bus. */
    events,
    clientsOf,
    operator: clientsOf(operator),
    put: async (next: object) => {
      deployment = await put(next);
    },
    /** What a function signs with. @param id its logical id, with or without the CDK's hash */
    credentialsOf: (id: string): AwsCredentials => {
      const pattern = new RegExp(`^Test-${id}([0-9A-F]{8})?$`);
      const found = [...deployment.access.callers].find(([, { functionName }]) => pattern.test(functionName));
      if (found === undefined) throw new Error(`no function ${id}`);
      const [accessKeyId, { secretAccessKey }] = found;
      return { accessKeyId, secretAccessKey };
    },
    close,
  };
}

/** Code that is nowhere: a function finds out when it is invoked. */
const noAssets = ({ Resources }: { Resources: Record<string, { Properties: Record<string, unknown> }> }) =>
  new Map(
    Object.values(Resources).map(({ Properties: { Code } }) => [
      String((Code as { S3Key?: unknown } | undefined)?.S3Key),
      '/nowhere',
    ]),
  );

/** A statement of a policy. */
export type Statement = Readonly<Record<string, unknown>>;

const trust = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};

export const policy = (...statements: Statement[]) => ({ Version: '2012-10-17', Statement: statements });

export const allow = (action: string | string[], resource: unknown, condition?: object): Statement => ({
  Effect: 'Allow',
  Action: action,
  Resource: resource,
  ...(condition && { Condition: condition }),
});

/** `ForAllValues:StringLike`, as the CDK app writes it. */
export const leadingKeys = (...patterns: string[]) => ({
  'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': patterns },
});

/** The ARN of the table of {@link templateOf}. */
export const tableArn = { 'Fn::GetAtt': ['Table', 'Arn'] };

/**
 * A small template: one API without routes, a table `Items` with an index, a secret, and a function `Fn`.
 *
 * @param role what its role has besides the trust in Lambda
 * @param more resources
 */
export const templateOf = (role: object, more: object = {}) => ({
  Resources: {
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'api', ProtocolType: 'HTTP' } },
    Stage: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: { ApiId: { Ref: 'Api' }, StageName: '$default', AutoDeploy: true },
    },
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        TableName: 'Items',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
          { AttributeName: 'owner', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'by-owner',
            KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
      },
    },
    Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'the/secret' } },
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trust, ...role } },
    Fn: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Code: { S3Bucket: 'assets', S3Key: 'code.zip' },
        Handler: 'index.handler',
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Runtime: 'nodejs24.x',
      },
    },
    ...more,
  },
});

/** @returns the template of a function whose role has these statements. */
export const templateWith = (...statements: Statement[]) =>
  templateOf({ Policies: [{ PolicyName: 'Own', PolicyDocument: policy(...statements) }] });
