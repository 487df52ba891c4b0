/** What has to wake somebody about the ledger: what is not booked, closed, told or signed, and what clients do that is unusual. */
import { Duration } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Watched } from './alarms.ts';
import type { Counted } from './counted.ts';
import type { TokenFunction } from './token-function.ts';

/** @param closing what closes the hours */
export const ledgerAlarms = (counted: Counted, closing: TokenFunction): Watched[] => [
  ...bookkeeping(counted, closing),
  ...unusual(counted),
];

/** A run is tried again twice by Lambda, and by the schedule after five minutes: one that fails now and then completes. */
const AGAIN_AND_AGAIN = { threshold: 3, period: Duration.hours(1) };

function bookkeeping({ count }: Counted, closing: TokenFunction): Watched[] {
  const { threshold, period } = AGAIN_AND_AGAIN;
  return [
    {
      id: 'UnbookedCalls',
      metric: count('UnbookedCall'),
      threshold: 1,
      description: 'Calls were admitted whose record is only in the log',
    },
    {
      id: 'ClosingBacklog',
      metric: count('ClosingBacklog').with({ statistic: Stats.MAXIMUM }),
      threshold: 3,
      description: 'Hours are not closed: usage is not summed up',
    },
    {
      id: 'ClosingErrors',
      metric: closing.metricErrors({ period }),
      threshold,
      description: 'The closing of hours fails again and again',
    },
    {
      id: 'BudgetWarnings',
      metric: count('BudgetWarningFailed').with({ period }),
      threshold,
      description: 'Warnings of budgets cannot be told: who listens for them hears nothing',
    },
    {
      id: 'StatementSums',
      metric: count('StatementSumsDisagreed'),
      threshold: 1,
      description:
        'A statement was not signed: what hours amount to was changed, or is not of the same calls',
    },
  ];
}

const unusual = ({ count, ofClass }: Counted): Watched[] => [
  {
    id: 'UseAfterRevocation',
    metric: count('UseAfterRevocation'),
    threshold: 10,
    description: 'Revoked tokens go on being used: a thief, or an app that does not notice',
  },
  {
    id: 'ServicesFromNewAddresses',
    metric: ofClass('UseFromNewAddress', 'service'),
    threshold: 1,
    description: 'Services call from addresses that they never came from: a move, or a stolen key',
  },
  {
    id: 'UnusualCost',
    metric: count('UnusualCost'),
    threshold: 1,
    description: 'An hour of a client cost far more than its hours do',
  },
  {
    id: 'CallsRefused',
    metric: count('CallRefused'),
    threshold: 500,
    description: 'Many calls were refused: somebody tries what is not theirs',
  },
  {
    id: 'CallsFailed',
    metric: count('CallFailed'),
    threshold: 20,
    description: 'Handlers failed on calls that were admitted',
  },
];
