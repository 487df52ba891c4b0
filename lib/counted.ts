/**
 * What the functions count, in their logs (embedded metric format) and under their stack's name: two stages in an
 * account stay apart, and an alarm watches one metric of all functions.
 */
import { Duration } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';

/** As the functions tell classes of clients apart. */
const CLASSES = ['user', 'service', 'delegated'] as const;
type ClientClass = (typeof CLASSES)[number];

/** Of most metrics. */
export const PERIOD = Duration.minutes(5);

export interface Counted {
  /** The sum of a metric in five minutes, of all clients. */
  count(name: string): Metric;
  /** That of one class of clients. */
  ofClass(name: string, clientClass: ClientClass): Metric;
  /** Those of all classes, with their names. */
  byClass(name: string): Metric[];
}

/** @param service the stack's name */
export function countedBy(service: string): Counted {
  const count = (metricName: string): Metric =>
    new Metric({
      namespace: 'Tollgate',
      metricName,
      dimensionsMap: { service },
      statistic: Stats.SUM,
      period: PERIOD,
    });
  const ofClass = (name: string, clientClass: ClientClass): Metric =>
    count(name).with({ dimensionsMap: { service, class: clientClass } });
  const byClass = (name: string): Metric[] =>
    CLASSES.map((one) => ofClass(name, one).with({ label: `${name} ${one}` }));
  return { count, ofClass, byClass };
}
