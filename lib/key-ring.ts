/**
 * The signing keys: a secret with the private ones, a secret with what is published, and the function that
 * rotates them, hourly and during the deployment. Two secrets, so that whoever publishes cannot read what signs.
 */
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import { LAG, LEAD } from '../lambdas/env.ts';
import { acknowledge } from './findings.ts';
import type { Ledger } from './ledger.ts';
import type { Lifecycle } from './lifecycle.ts';
import { TokenFunction } from './token-function.ts';

export interface KeyRingProps {
  lifecycle: Lifecycle;
  /** Where an emergency rotation revokes what the lost key signed. */
  ledger: Ledger;
  /** Days that a key signs. */
  rotationDays: number;
}

export class KeyRing extends Construct {
  readonly rotation: TokenFunction;
  /** Runs the rotation while the stack is deployed: after it there is a key. */
  readonly firstKey: Trigger;
  /** Milliseconds that a key is public before it signs, and after. The function keeps to it. */
  readonly overlap: { lead: number; lag: number } = { lead: LEAD, lag: LAG };
  readonly privateKeys: CfnSecret;
  readonly publishedKeys: CfnSecret;

  constructor(scope: Construct, id: string, props: KeyRingProps) {
    super(scope, id);
    this.privateKeys = this.#secret('PrivateKeys', 'Tollgate: signing keys', props.lifecycle);
    this.publishedKeys = this.#secret('PublishedKeys', 'Tollgate: published keys (JWKS)', props.lifecycle);
    this.rotation = new TokenFunction(this, 'Rotation', {
      folder: 'rotation',
      description: 'Adds and drops signing keys as the clock says; safe to run at any time',
      lifecycle: props.lifecycle,
      memorySize: 1024,
      timeout: Duration.minutes(1),
    });
    this.#grantRotation(this.rotation, props.rotationDays);
    props.ledger.grantKeyRevocation(this.rotation);
    new Rule(this, 'Hourly', {
      description: 'Tollgate: rotation of the signing keys',
      schedule: Schedule.rate(Duration.hours(1)),
      targets: [new LambdaFunction(this.rotation)],
    });
    acknowledge(
      this.rotation,
      '@aws-cdk/aws-lambda:addPermissionsToVersionOrAlias',
      'The schedule invokes the function itself; the trigger may invoke its version by its own role.',
    );
    this.firstKey = new Trigger(this, 'FirstKey', { handler: this.rotation });
  }

  /** Lets a function sign tokens. */
  grantSigning(fn: TokenFunction): void {
    fn.set('KEY_RING_SECRET', this.privateKeys.ref);
    fn.allow(['secretsmanager:GetSecretValue'], this.privateKeys.ref);
  }

  /** Lets a function read what is published. */
  grantPublishedKeys(fn: TokenFunction): void {
    fn.set('PUBLISHED_KEYS_SECRET', this.publishedKeys.ref);
    fn.allow(['secretsmanager:GetSecretValue'], this.publishedKeys.ref);
  }

  #grantRotation(fn: TokenFunction, rotationDays: number): void {
    fn.set('KEY_ROTATION_DAYS', String(rotationDays));
    fn.set('KEY_RING_SECRET', this.privateKeys.ref);
    fn.set('PUBLISHED_KEYS_SECRET', this.publishedKeys.ref);
    for (const secret of [this.privateKeys, this.publishedKeys]) {
      fn.allow(['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'], secret.ref);
    }
  }

  /** Without a value: the first rotation finds an empty ring, and no placeholder is ever taken for a key. */
  #secret(id: string, description: string, { removalPolicy }: Lifecycle): CfnSecret {
    const secret = new CfnSecret(this, id, { description });
    secret.applyRemovalPolicy(removalPolicy);
    acknowledge(
      secret,
      'AwsSolutions-SMG4',
      'Rotated hourly by a schedule of its own, as keys have to overlap.',
    );
    return secret;
  }
}
