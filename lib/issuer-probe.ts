/**
 * A step of the deployment: waits until the issuer really answers. API Gateway asks for the discovery document
 * while it creates the authorizer; CloudFormation orders the calls before that, not their effects.
 */
import { Duration } from 'aws-cdk-lib';
import { Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import type { Lifecycle } from './lifecycle.ts';
import { TokenFunction } from './token-function.ts';

export interface IssuerProbeProps {
  issuer: string;
  lifecycle: Lifecycle;
}

export class IssuerProbe extends Construct {
  readonly trigger: Trigger;

  constructor(scope: Construct, id: string, { issuer, lifecycle }: IssuerProbeProps) {
    super(scope, id);
    const fn = new TokenFunction(this, 'Function', {
      folder: 'probe',
      description: 'Waits during a deployment until the issuer answers',
      lifecycle,
      memorySize: 256,
      timeout: Duration.seconds(90),
    });
    // Also what makes the trigger run again: it does when the function's configuration changes.
    fn.set('ISSUER', issuer);
    this.trigger = new Trigger(this, 'Trigger', { handler: fn });
  }
}
