/**
 * The CDK runs triggers by a function of its own, one a stack, which would make itself a log group when it first
 * runs: kept for ever, and left behind by the stack. So it is given one.
 */
import { type CfnResource, Stack } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Lifecycle } from './lifecycle.ts';

const PROVIDER = 'AWSCDK.TriggerCustomResourceProviderCustomResourceProvider';

export class TriggerLog extends Construct {
  /** In a stack that has a trigger. */
  constructor(scope: Construct, id: string, { logRetention: retention, removalPolicy }: Lifecycle) {
    super(scope, id);
    const log = new LogGroup(this, 'Log', { retention, removalPolicy });
    const handler = Stack.of(this).node.findChild(PROVIDER).node.findChild('Handler') as CfnResource;
    handler.addPropertyOverride('LoggingConfig', { LogGroup: log.logGroupName });
  }
}
