/** The table at the end of a proof of deployment. */
import Table from 'cli-table3';
import type { PhaseResult } from './report.ts';

/** @returns a row for each phase, and one for all of them together. */
export function summary(results: readonly PhaseResult[]): string {
  const table = new Table({
    head: ['phase', 'time', 'passed', 'skipped', ''],
    colAligns: ['left', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const result of results) table.push(row(result));
  table.push(row(total(results)));
  return table.toString();
}

/** @returns the sums; failed where a phase has failed, or nothing was asserted at all. */
export function total(results: readonly PhaseResult[]): PhaseResult {
  const passed = sum(results.map((result) => result.passed));
  return {
    name: 'together',
    milliseconds: sum(results.map((result) => result.milliseconds)),
    passed,
    skipped: results.flatMap((result) => result.skipped),
    failed: passed === 0 || results.some((result) => result.failed),
  };
}

/** @returns how often something was skipped for each reason, the most frequent first. */
export function reasons(results: readonly PhaseResult[]): [why: string, count: number][] {
  const counts = new Map<string, number>();
  for (const { why } of total(results).skipped) counts.set(why, (counts.get(why) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one);
}

const row = ({ name, milliseconds, passed, skipped, failed }: PhaseResult): string[] => [
  name,
  `${(milliseconds / 1000).toFixed(1)} s`,
  String(passed),
  String(skipped.length),
  failed ? 'FAILED' : 'ok',
];

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
