/**
 * What has to wake somebody, and one page to look at. The functions write their counts into their logs; filters
 * on those logs make one metric of each for this stack, so that two stages in an account stay apart.
 */
import { Duration } from 'aws-cdk-lib';
import type { HttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { Dashboard, GraphWidget, type IMetric, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type Route, routes } from '../lambdas/routes.ts';
import { Alarms } from './alarms.ts';
import type { TokenFunction } from './token-function.ts';

export interface MonitoringProps {
  /** Namespace of the metrics and name of the dashboard: the stack's name. */
  name: string;
  /** The functions behind the routes, by folder. */
  functions: ReadonlyMap<string, TokenFunction>;
  rotation: TokenFunction;
  stage: HttpStage;
  /** Who is told of alarms. */
  email?: string | undefined;
}

export class Monitoring extends Construct {
  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    const loginFailures = this.#count(props, 'LoginFailed', ['client']);
    const guardFailures = this.#count(props, 'GuardFailed', ['token']);
    const unbookedCalls = this.#count(props, 'UnbookedCall', ['client', 'token']);
    const rotationErrors = props.rotation.metricErrors({ period: Duration.hours(1) });
    const serverErrors = props.stage.metricServerError({ statistic: Stats.SUM, period: PERIOD });

    const alarms = new Alarms(this, 'Alarms', { name: props.name, email: props.email });
    alarms.raise('LoginFailures', loginFailures, 50, 'Many wrong secrets: an outdated client, or guessing');
    alarms.raise(
      'GuardFailures',
      guardFailures,
      1,
      'The ledger could not be read: calls were answered with 503',
    );
    alarms.raise('UnbookedCalls', unbookedCalls, 1, 'Calls were admitted whose record is only in the log');
    alarms.raise('RotationErrors', rotationErrors, 1, 'The rotation of the signing keys failed');
    alarms.raise('ServerErrors', serverErrors, 5, 'The API answers with server errors');

    const { stage } = props;
    new Dashboard(this, 'Dashboard', {
      dashboardName: props.name,
      widgets: [
        [
          graph('Requests', [stage.metricCount(), stage.metricClientError(), serverErrors]),
          graph('Latency', [
            stage.metricLatency({ statistic: 'p50' }),
            stage.metricLatency({ statistic: 'p99' }),
          ]),
        ],
        [
          graph('Failures', [loginFailures, guardFailures, unbookedCalls]),
          graph('Rotation', [rotationErrors]),
        ],
        [
          graph(
            'Duration p99',
            each(props, (fn) => fn.metricDuration({ statistic: 'p99' })),
          ),
          graph(
            'Function errors',
            each(props, (fn) => fn.metricErrors()),
          ),
        ],
      ],
    });
  }

  /** One metric of what the functions behind such routes count. */
  #count(props: MonitoringProps, metricName: string, access: Route['access']['kind'][]): Metric {
    const served = routes.filter((route) => access.includes(route.access.kind));
    for (const folder of new Set(served.map((route) => route.function))) {
      props.functions.get(folder)?.log.addMetricFilter(metricName, {
        filterPattern: FilterPattern.numberValue(`$.${metricName}`, '>', 0),
        metricNamespace: props.name,
        metricName,
        metricValue: `$.${metricName}`,
      });
    }
    return new Metric({ namespace: props.name, metricName, statistic: Stats.SUM, period: PERIOD });
  }
}

const PERIOD = Duration.minutes(5);

const graph = (title: string, left: IMetric[]): GraphWidget => new GraphWidget({ title, left, width: 12 });

const each = ({ functions }: MonitoringProps, metricOf: (fn: TokenFunction) => Metric): Metric[] =>
  [...functions].map(([folder, fn]) => metricOf(fn).with({ label: folder }));
