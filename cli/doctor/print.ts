/** The findings for a person: grouped, a mark and a sentence each, and what to do below whatever is not ok. */
import type { coloursOf } from '../output.ts';
import type { Check, Status } from './check.ts';

export type Counts = Record<Status, number>;

export const countOf = (checks: readonly Check[]): Counts => {
  const counts: Counts = { ok: 0, warning: 0, failed: 0, skipped: 0 };
  for (const { status } of checks) counts[status] += 1;
  return counts;
};

type Colours = ReturnType<typeof coloursOf>;

/** @returns the text, its last line a summary. */
export function textOf(url: string, checks: readonly Check[], colours: Colours): string {
  const marks: Record<Status, string> = {
    ok: colours.green('✓'),
    warning: colours.yellow('!'),
    failed: colours.red('✘'),
    skipped: colours.dim('-'),
  };
  const lines = checks.flatMap(({ group, status, says, next }, index) => [
    ...(group === checks[index - 1]?.group ? [] : ['', colours.bold(group)]),
    `  ${marks[status]} ${says}`,
    ...(next === undefined ? [] : [colours.dim(`    ${next}`)]),
  ]);
  return [colours.bold(url), ...lines, '', summaryOf(countOf(checks))].join('\n');
}

const summaryOf = ({ ok, warning, failed, skipped }: Counts): string =>
  [
    `${ok} ok`,
    warning === 1 ? '1 warning' : `${warning} warnings`,
    `${failed} failed`,
    ...(skipped === 0 ? [] : [`${skipped} skipped`]),
  ].join(', ');
