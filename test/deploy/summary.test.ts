import { describe, expect, it } from 'vitest';
import { AssertionFailed, Report } from './report.ts';
import { reasons, summary, total } from './summary.ts';

/** A report whose clock goes on by a second each time that it is read. */
const report = () => {
  const lines: string[] = [];
  let now = 0;
  const clock = () => {
    now += 1000;
    return now;
  };
  return { report: new Report((line) => lines.push(line), clock), lines };
};

describe('the summary', () => {
  it('lists each phase with its time, what was asserted and what was skipped, and the sums', async () => {
    const { report: proof } = report();
    await proof.phase('one', async (phase) => {
      phase.check('this', true);
      phase.passed(40);
      phase.skipped('that', 'no-challenge');
    });
    await proof.phase('two', async (phase) => {
      phase.check('this too', true);
      phase.skipped('that too', 'no-challenge');
      phase.skipped('and that', 'no Python');
    });
    const text = summary(proof.results);
    expect(text).toMatch(/ one +│ +1\.0 s │ +41 │ +1 │ ok/);
    expect(text).toMatch(/ two +│ +1\.0 s │ +1 │ +2 │ ok/);
    expect(text).toMatch(/ together +│ +2\.0 s │ +42 │ +3 │ ok/);
    expect(reasons(proof.results)).toEqual([
      ['no-challenge', 2],
      ['no Python', 1],
    ]);
  });

  it('fails with one phase, and keeps what had passed in it', async () => {
    const { report: proof, lines } = report();
    const phase = proof.phase('one', async (phase) => {
      phase.check('this', true);
      phase.check('that', false);
    });
    await expect(phase).rejects.toThrow(AssertionFailed);
    expect(proof.results).toMatchObject([{ name: 'one', passed: 1, failed: true }]);
    expect(total(proof.results).failed).toBe(true);
    expect(summary(proof.results)).toMatch(/ together +│.*FAILED/);
    expect(lines.at(-1)).toBe('✘ one: 1.0 s, 1 passed, 0 skipped');
  });

  it('is never good where nothing was asserted', () => {
    expect(total([]).failed).toBe(true);
  });
});
