/**
 * What has to wake somebody, and one page to look at. The functions count under their stack's name (embedded
 * metric format, in their logs), so that two stages in an account stay apart and an alarm watches one metric.
 */
import { Duration } from 'aws-cdk-lib';
import type { HttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { Dashboard, GraphWidget, type IMetric, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { Alarms } from './alarms.ts';
import type { Watched } from './ledger-export.ts';
import type { TokenFunction } from './token-function.ts';

export interface MonitoringProps {
  /** The stack's name: the service of its metrics, and what dashboard and alarms are called. */
  name: string;
  /** The functions behind the routes, by folder. */
  functions: ReadonlyMap<string, TokenFunction>;
  rotation: TokenFunction;
  /** What closes the hours. */
  closing: TokenFunction;
  stage: HttpStage;
  /** What else has to wake somebody. */
  watched: readonly Watched[];
  /** Who is told of alarms. */
  email?: string | undefined;
}

export class Monitoring extends Construct {
  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    const { name, stage, rotation, closing, functions } = props;
    const count = (metricName: string): Metric =>
      new Metric({
        namespace: 'Tollgate',
        metricName,
        dimensionsMap: { service: name },
        statistic: Stats.SUM,
        period: PERIOD,
      });
    const ofClass = (metricName: string, clientClass: ClientClass): Metric =>
      count(metricName).with({ dimensionsMap: { service: name, class: clientClass } });
    const byClass = (metricName: string): Metric[] =>
      CLASSES.map((one) => ofClass(metricName, one).with({ label: `${metricName} ${one}` }));
    const loginFailures = count('LoginFailed');
    const guardFailures = count('GuardFailed');
    const unbookedCalls = count('UnbookedCall');
    const refreshReused = count('RefreshReused');
    const rotationErrors = rotation.metricErrors({ period: Duration.hours(1) });
    const closingBacklog = count('ClosingBacklog').with({ statistic: Stats.MAXIMUM });
    const closingErrors = closing.metricErrors({ period: Duration.hours(1) });
    const serverErrors = stage.metricServerError({ statistic: Stats.SUM, period: PERIOD });

    const alarms = new Alarms(this, 'Alarms', { name, email: props.email });
    alarms.raise('LoginFailures', loginFailures, 50, 'Many wrong secrets: an outdated client, or guessing');
    alarms.raise(
      'GuardFailures',
      guardFailures,
      1,
      'The ledger could not be read: calls were answered with 503',
    );
    alarms.raise('UnbookedCalls', unbookedCalls, 1, 'Calls were admitted whose record is only in the log');
    alarms.raise(
      'RefreshReuse',
      refreshReused,
      5,
      'Refresh tokens were used twice: thefts, or an app that keeps old ones',
    );
    alarms.raise('RotationErrors', rotationErrors, 1, 'The rotation of the signing keys failed');
    alarms.raise('ClosingBacklog', closingBacklog, 3, 'Hours are not closed: usage is not summed up');
    // Lambda tries a run again twice, and the schedule after five minutes: one that fails now and then completes.
    alarms.raise('ClosingErrors', closingErrors, 3, 'The closing of hours fails again and again');
    alarms.raise(
      'UseAfterRevocation',
      count('UseAfterRevocation'),
      10,
      'Revoked tokens go on being used: a thief, or an app that does not notice',
    );
    alarms.raise(
      'ServicesFromNewAddresses',
      ofClass('UseFromNewAddress', 'service'),
      1,
      'Services call from addresses that they never came from: a move, or a stolen key',
    );
    alarms.raise(
      'UnusualCost',
      count('UnusualCost'),
      1,
      'An hour of a client cost far more than its hours do',
    );
    alarms.raise(
      'CallsRefused',
      count('CallRefused'),
      500,
      'Many calls were refused: somebody tries what is not theirs',
    );
    alarms.raise('CallsFailed', count('CallFailed'), 20, 'Handlers failed on calls that were admitted');
    alarms.raise('ServerErrors', serverErrors, 5, 'The API answers with server errors');
    for (const { id, metric, threshold, description } of props.watched) {
      alarms.raise(id, metric, threshold, description);
    }

    const ofEach = (metricOf: (fn: TokenFunction) => Metric): Metric[] =>
      [...functions].map(([folder, fn]) => metricOf(fn).with({ label: folder }));
    new Dashboard(this, 'Dashboard', {
      dashboardName: name,
      widgets: [
        [
          graph('Logins', [count('LoginSucceeded'), loginFailures, count('LoginLockedOut')]),
          graph('Grants', [count('GrantRefused'), refreshReused, count('TokenRevoked')]),
        ],
        [graph('Guarded calls', [count('CallAdmitted'), count('CallRefused'), guardFailures, unbookedCalls])],
        [
          graph('Refused and failed, by class', [...byClass('CallRefused'), ...byClass('CallFailed')]),
          graph('Unusual, by class', [
            ...byClass('UseAfterRevocation'),
            ...byClass('UseFromNewAddress'),
            ...byClass('UnusualCost'),
          ]),
        ],
        [graph('Closing', [count('HoursClosed'), closingBacklog, count('ClosingFailed')])],
        [
          graph('Requests', [stage.metricCount(), stage.metricClientError(), serverErrors]),
          graph('Latency', [
            stage.metricLatency({ statistic: 'p50' }),
            stage.metricLatency({ statistic: 'p99' }),
          ]),
        ],
        [
          graph(
            'Duration p99',
            ofEach((fn) => fn.metricDuration({ statistic: 'p99' })),
          ),
          graph('Function errors', [...ofEach((fn) => fn.metricErrors()), rotationErrors]),
        ],
      ],
    });
  }
}

/** As the functions tell classes of clients apart. */
const CLASSES = ['user', 'service', 'delegated'] as const;
type ClientClass = (typeof CLASSES)[number];

const PERIOD = Duration.minutes(5);

const graph = (title: string, left: IMetric[]): GraphWidget => new GraphWidget({ title, left, width: 12 });
