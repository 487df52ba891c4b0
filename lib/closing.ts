/** When hours are closed and budgets looked at: every five minutes. The function is one of the routed ones. */
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { TokenFunction } from './token-function.ts';

export class Closing extends Construct {
  readonly function: TokenFunction;

  constructor(scope: Construct, id: string, functions: ReadonlyMap<string, TokenFunction>) {
    super(scope, id);
    const fn = functions.get('closing');
    if (fn === undefined) throw new Error('no function closes the hours');
    this.function = fn;
    new Rule(this, 'Every5Minutes', {
      description: 'Tollgate: closing of hours',
      schedule: Schedule.rate(Duration.minutes(5)),
      targets: [new LambdaFunction(fn)],
    });
  }
}
