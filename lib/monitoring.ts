/** What has to wake somebody, and one page to look at. */
import { Duration } from 'aws-cdk-lib';
import type { HttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { Dashboard, GraphWidget, type IMetric, type Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { Alarms, type Watched } from './alarms.ts';
import { type Counted, countedBy, PERIOD } from './counted.ts';
import { ledgerAlarms } from './ledger-alarms.ts';
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
    const { name, closing, watched, email } = props;
    const counted = countedBy(name);
    const alarms = new Alarms(this, 'Alarms', { name, email });
    for (const one of [...apiAlarms(counted, props), ...ledgerAlarms(counted, closing), ...watched]) {
      alarms.raise(one);
    }
    new Dashboard(this, 'Dashboard', { dashboardName: name, widgets: widgets(counted, props) });
  }
}

/** Of the API itself: who is let in, and whether it works. */
const apiAlarms = ({ count }: Counted, props: MonitoringProps): Watched[] => [
  {
    id: 'LoginFailures',
    metric: count('LoginFailed'),
    threshold: 50,
    description: 'Many wrong secrets: an outdated client, or guessing',
  },
  {
    id: 'GuardFailures',
    metric: count('GuardFailed'),
    threshold: 1,
    description: 'The ledger could not be read: calls were answered with 503',
  },
  {
    id: 'RefreshReuse',
    metric: count('RefreshReused'),
    threshold: 5,
    description: 'Refresh tokens were used twice: thefts, or an app that keeps old ones',
  },
  {
    id: 'RotationErrors',
    metric: rotationErrors(props),
    threshold: 1,
    description: 'The rotation of the signing keys failed',
  },
  {
    id: 'ServerErrors',
    metric: serverErrors(props),
    threshold: 5,
    description: 'The API answers with server errors',
  },
];

const rotationErrors = ({ rotation }: MonitoringProps): Metric =>
  rotation.metricErrors({ period: Duration.hours(1) });

const serverErrors = ({ stage }: MonitoringProps): Metric =>
  stage.metricServerError({ statistic: Stats.SUM, period: PERIOD });

function widgets({ count, byClass }: Counted, props: MonitoringProps): GraphWidget[][] {
  const { stage, functions } = props;
  const counts = (...names: string[]): Metric[] => names.map(count);
  const ofEach = (metricOf: (fn: TokenFunction) => Metric): Metric[] =>
    [...functions].map(([folder, fn]) => metricOf(fn).with({ label: folder }));
  return [
    [
      graph('Logins', counts('LoginSucceeded', 'LoginFailed', 'LoginLockedOut')),
      graph('Grants', counts('GrantRefused', 'RefreshReused', 'TokenRevoked')),
    ],
    [graph('Guarded calls', counts('CallAdmitted', 'CallRefused', 'GuardFailed', 'UnbookedCall'))],
    [
      graph('Refused and failed, by class', ['CallRefused', 'CallFailed'].flatMap(byClass)),
      graph('Unusual, by class', ['UseAfterRevocation', 'UseFromNewAddress', 'UnusualCost'].flatMap(byClass)),
    ],
    [
      graph('Closing', [
        ...counts('HoursClosed', 'ClosingFailed'),
        count('ClosingBacklog').with({ statistic: Stats.MAXIMUM }),
      ]),
      graph(
        'Budgets and statements',
        counts('BudgetExhausted', 'BudgetWarningFailed', 'StatementSumsDisagreed'),
      ),
    ],
    [
      graph('Requests', [stage.metricCount(), stage.metricClientError(), serverErrors(props)]),
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
      graph('Function errors', [...ofEach((fn) => fn.metricErrors()), rotationErrors(props)]),
    ],
  ];
}

const graph = (title: string, left: IMetric[]): GraphWidget => new GraphWidget({ title, left, width: 12 });
