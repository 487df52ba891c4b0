/** The CloudFormation types that the runner understands, property by property, and those it may ignore. */

/** What a value may be: anything, a text that matches, a list or map of a shape, or an object of shapes. */
export type Shape = 'any' | RegExp | { each: Shape } | { properties: Readonly<Record<string, Shape>> };

/**
 * Types that change nothing for a caller on one machine. Of roles and policies the runner reads nothing:
 * its functions reach their tables and secrets without asking IAM.
 */
export const ignoredTypes: ReadonlySet<string> = new Set([
  'AWS::CDK::Metadata',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::CompositeAlarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::Version',
  'AWS::Logs::LogGroup',
  'AWS::Logs::MetricFilter',
  'AWS::Logs::ResourcePolicy',
  'AWS::SNS::Subscription',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
]);

const routeSettings: Shape = {
  properties: {
    DetailedMetricsEnabled: 'any',
    ThrottlingBurstLimit: /^\d+$/,
    ThrottlingRateLimit: /^\d+(\.\d+)?$/,
  },
};

const schedule = /^rate\(\d+ (minute|hour|day)s?\)$/;

export const supportedTypes: Readonly<Record<string, Readonly<Record<string, Shape>>>> = {
  'AWS::ApiGatewayV2::Api': {
    CorsConfiguration: {
      properties: {
        AllowCredentials: 'any',
        AllowHeaders: 'any',
        AllowMethods: 'any',
        AllowOrigins: 'any',
        ExposeHeaders: 'any',
        MaxAge: 'any',
      },
    },
    Description: 'any',
    DisableExecuteApiEndpoint: /^false$/,
    IpAddressType: 'any',
    Name: 'any',
    ProtocolType: /^HTTP$/,
    Tags: 'any',
  },
  'AWS::ApiGatewayV2::Authorizer': {
    ApiId: 'any',
    AuthorizerType: /^JWT$/,
    IdentitySource: { each: /^\$request\.header\.Authorization$/i },
    JwtConfiguration: { properties: { Audience: 'any', Issuer: 'any' } },
    Name: 'any',
  },
  'AWS::ApiGatewayV2::Integration': {
    ApiId: 'any',
    ConnectionType: /^INTERNET$/,
    Description: 'any',
    IntegrationMethod: /^POST$/,
    IntegrationType: /^AWS_PROXY$/,
    IntegrationUri: 'any',
    PayloadFormatVersion: /^2\.0$/,
    TimeoutInMillis: /^\d+$/,
  },
  'AWS::ApiGatewayV2::Route': {
    ApiId: 'any',
    AuthorizationScopes: 'any',
    AuthorizationType: /^(NONE|JWT|AWS_IAM)$/,
    AuthorizerId: 'any',
    OperationName: 'any',
    RouteKey: /^(\$default|[A-Z]+ \/\S*)$/,
    Target: 'any',
  },
  'AWS::ApiGatewayV2::Stage': {
    AccessLogSettings: 'any',
    ApiId: 'any',
    AutoDeploy: /^true$/,
    DefaultRouteSettings: routeSettings,
    Description: 'any',
    RouteSettings: { each: routeSettings },
    StageName: /^\$default$/,
    Tags: 'any',
  },
  'AWS::DynamoDB::Table': {
    AttributeDefinitions: 'any',
    BillingMode: 'any',
    ContributorInsightsSpecification: 'any',
    DeletionProtectionEnabled: 'any',
    GlobalSecondaryIndexes: 'any',
    KeySchema: 'any',
    LocalSecondaryIndexes: 'any',
    PointInTimeRecoverySpecification: 'any',
    ProvisionedThroughput: 'any',
    SSESpecification: 'any',
    TableClass: 'any',
    TableName: 'any',
    Tags: 'any',
    TimeToLiveSpecification: 'any',
  },
  'AWS::Events::Rule': {
    Description: 'any',
    Name: 'any',
    ScheduleExpression: schedule,
    State: /^(ENABLED|DISABLED)$/,
    Tags: 'any',
    Targets: { each: { properties: { Arn: 'any', Id: 'any', Input: 'any', RetryPolicy: 'any' } } },
  },
  'AWS::Lambda::Function': {
    Architectures: 'any',
    Code: { properties: { S3Bucket: 'any', S3Key: 'any' } },
    Description: 'any',
    Environment: { properties: { Variables: 'any' } },
    EphemeralStorage: 'any',
    FunctionName: 'any',
    Handler: /^[^.]\S*\.\w+$/,
    LoggingConfig: 'any',
    MemorySize: /^\d+$/,
    PackageType: /^Zip$/,
    ReservedConcurrentExecutions: /^[1-9]\d*$/,
    Role: 'any',
    Runtime: /^nodejs(20|22|24)\.x$/,
    Tags: 'any',
    Timeout: /^\d+$/,
    TracingConfig: 'any',
  },
  'AWS::Lambda::Permission': {
    Action: /^lambda:InvokeFunction$/,
    FunctionName: 'any',
    Principal: 'any',
    SourceAccount: 'any',
    SourceArn: 'any',
  },
  'AWS::Scheduler::Schedule': {
    Description: 'any',
    FlexibleTimeWindow: 'any',
    GroupName: 'any',
    Name: 'any',
    ScheduleExpression: schedule,
    ScheduleExpressionTimezone: 'any',
    State: /^(ENABLED|DISABLED)$/,
    Target: { properties: { Arn: 'any', Input: 'any', RetryPolicy: 'any', RoleArn: 'any' } },
  },
  'AWS::SecretsManager::Secret': { Description: 'any', KmsKeyId: 'any', Name: 'any', Tags: 'any' },
  'Custom::Trigger': {
    ExecuteOnHandlerChange: 'any',
    HandlerArn: 'any',
    InvocationType: /^RequestResponse$/,
    ServiceToken: 'any',
    Timeout: 'any',
  },
};
