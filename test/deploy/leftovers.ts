/** What a stack has made, and what of it is still there after it has gone. */
import { ApiGatewayV2Client, GetApiCommand } from '@aws-sdk/client-apigatewayv2';
import {
  CloudFormationClient,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  paginateListStackResources,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

export interface Made {
  type: string;
  id: string;
}

/** Asks the services themselves, by their own APIs. */
export class Account {
  readonly #cloudFormation: CloudFormationClient;
  readonly #exists: Record<string, (id: string) => Promise<boolean>>;
  readonly #logs: CloudWatchLogsClient;

  /** @param env with the endpoint, the region and the credentials */
  constructor(env: NodeJS.ProcessEnv) {
    const config = {
      endpoint: env.AWS_ENDPOINT_URL ?? '',
      region: env.AWS_REGION ?? '',
      credentials: {
        accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
        secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
        ...(env.AWS_SESSION_TOKEN !== undefined && { sessionToken: env.AWS_SESSION_TOKEN }),
      },
    };
    this.#cloudFormation = new CloudFormationClient(config);
    this.#logs = new CloudWatchLogsClient(config);
    this.#exists = this.#lookups(config);
  }

  /** The kinds of things that can be asked for. */
  get types(): string[] {
    return Object.keys(this.#exists);
  }

  /** @returns what the stack has made, of the kinds that can be asked for. */
  async madeBy(stack: string): Promise<Made[]> {
    const resources: StackResourceSummary[] = [];
    for await (const page of paginateListStackResources(
      { client: this.#cloudFormation },
      { StackName: stack },
    )) {
      resources.push(...(page.StackResourceSummaries ?? []));
    }
    return resources
      .map(({ ResourceType = '', PhysicalResourceId = '' }) => ({
        type: ResourceType,
        id: PhysicalResourceId,
      }))
      .filter(({ type }) => type in this.#exists);
  }

  /** @returns whether it is there; a secret that is scheduled for deletion is not. */
  async has({ type, id }: Made): Promise<boolean> {
    const exists = this.#exists[type];
    if (exists === undefined) throw new Error(`no way to ask for ${type}`);
    try {
      return await exists(id);
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  /** @returns the state of the stack, or undefined where there is none. */
  async stackStatus(stack: string): Promise<string | undefined> {
    try {
      const { Stacks } = await this.#cloudFormation.send(new DescribeStacksCommand({ StackName: stack }));
      return Stacks?.[0]?.StackStatus;
    } catch (error) {
      if (error instanceof Error && /does not exist/.test(error.message)) return undefined;
      throw error;
    }
  }

  /** @returns the names of log groups that start so. */
  async logGroups(prefix: string): Promise<string[]> {
    const command = new DescribeLogGroupsCommand({ logGroupNamePrefix: prefix });
    const { logGroups } = await this.#logs.send(command);
    return (logGroups ?? []).map(({ logGroupName = '' }) => logGroupName);
  }

  /** @returns a line for each event of the stack that failed, the oldest first. */
  async failures(stack: string): Promise<string[]> {
    const { StackEvents = [] } = await this.#cloudFormation.send(
      new DescribeStackEventsCommand({ StackName: stack }),
    );
    return StackEvents.filter(({ ResourceStatus }) => /FAILED|ROLLBACK/.test(ResourceStatus ?? ''))
      .reverse()
      .map(
        (event) => `${event.ResourceStatus} ${event.LogicalResourceId}: ${event.ResourceStatusReason ?? ''}`,
      );
  }

  #lookups(config: ConstructorParameters<typeof LambdaClient>[0] & object) {
    const lambda = new LambdaClient(config);
    const dynamodb = new DynamoDBClient(config);
    const secrets = new SecretsManagerClient(config);
    const apis = new ApiGatewayV2Client(config);
    const iam = new IAMClient(config);
    const found = async (answer: Promise<unknown>) => (await answer) !== undefined;
    return {
      'AWS::Lambda::Function': (id: string) =>
        found(lambda.send(new GetFunctionCommand({ FunctionName: id }))),
      'AWS::DynamoDB::Table': (id: string) =>
        found(dynamodb.send(new DescribeTableCommand({ TableName: id }))),
      'AWS::SecretsManager::Secret': async (id: string) =>
        (await secrets.send(new DescribeSecretCommand({ SecretId: id }))).DeletedDate === undefined,
      'AWS::ApiGatewayV2::Api': (id: string) => found(apis.send(new GetApiCommand({ ApiId: id }))),
      'AWS::IAM::Role': (id: string) => found(iam.send(new GetRoleCommand({ RoleName: id }))),
      'AWS::Logs::LogGroup': async (id: string) => (await this.logGroups(id)).includes(id),
    };
  }
}

const isNotFound = (error: unknown): boolean =>
  error instanceof Error && /NotFound|NoSuchEntity/.test(error.name);
