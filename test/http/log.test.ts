import { describe, expect, it } from 'vitest';
import { createLog } from '../../lambdas/http/log.ts';
import { captureOutput } from '../support/output.ts';

const output = captureOutput();

/** The metrics that were written, in the embedded metric format. */
const written = () => output.lines().filter((line) => '_aws' in line);

describe('a metric', () => {
  it('is counted for all clients, and once more for those of the class', () => {
    createLog('log-test').count('CallRefused', 'service');
    expect(written()).toMatchObject([
      {
        class: 'service',
        CallRefused: 1,
        _aws: {
          CloudWatchMetrics: [{ Namespace: 'Tollgate', Dimensions: [['service'], ['service', 'class']] }],
        },
      },
    ]);
  });

  it('has no class where none is named, also after one that has', () => {
    const log = createLog('log-test');
    log.count('CallRefused', 'user');
    log.count('GuardFailed');
    const [, plain] = written();
    expect(plain).not.toHaveProperty('class');
    expect(plain).toMatchObject({ _aws: { CloudWatchMetrics: [{ Dimensions: [['service']] }] } });
  });
});
