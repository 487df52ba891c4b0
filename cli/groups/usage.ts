/** `tollgate usage`: its verbs, in the order of its help. */
import type { Command } from 'commander';
import { addUsageExport } from '../verbs/usage-export.ts';
import { addUsageReconcile } from '../verbs/usage-reconcile.ts';
import { addUsageReplay } from '../verbs/usage-replay.ts';
import { addUsageReport } from '../verbs/usage-report.ts';
import { addUsageStatement } from '../verbs/usage-statement.ts';
import { addUsageVerify } from '../verbs/usage-verify.ts';

/** Adds the verbs of the group. */
export function addUsage(program: Command): void {
  const group = program
    .command('usage')
    .description('what was booked: reports and statements of it, and that nothing is missing');
  for (const add of VERBS) add(group);
}

const VERBS = [
  addUsageReport,
  addUsageExport,
  addUsageStatement,
  addUsageVerify,
  addUsageReplay,
  addUsageReconcile,
];
