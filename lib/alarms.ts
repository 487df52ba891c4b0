/** Alarms, and whom they tell. */
import { Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

export interface AlarmsProps {
  /** What the alarms' names begin with. */
  name: string;
  /** Who is told; without it the alarms only show. */
  email?: string | undefined;
}

/** Something that somebody is told of. */
export interface Watched {
  id: string;
  metric: IMetric;
  /** How many in one period of the metric raise the alarm. */
  threshold: number;
  description: string;
}

export class Alarms extends Construct {
  readonly #name: string;
  readonly #topic: Topic | undefined;

  constructor(scope: Construct, id: string, { name, email }: AlarmsProps) {
    super(scope, id);
    this.#name = name;
    this.#topic = email === undefined ? undefined : this.#topicFor(email);
  }

  raise({ id, metric, threshold, description }: Watched): void {
    const alarm = new Alarm(this, id, {
      alarmName: `${this.#name}-${id}`,
      alarmDescription: description,
      metric,
      threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    if (this.#topic === undefined) return;
    alarm.addAlarmAction(new SnsAction(this.#topic));
    alarm.addOkAction(new SnsAction(this.#topic));
  }

  #topicFor(email: string): Topic {
    const topic = new Topic(this, 'Topic', { displayName: `${this.#name} alarms`, enforceSSL: true });
    topic.addSubscription(new EmailSubscription(email));
    // A topic policy replaces the default one, under which the account's alarms could publish.
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    return topic;
  }
}
