/** `tollgate audit`: its verbs, in the order of its help. */
import type { Command } from 'commander';
import { addAuditTail } from '../verbs/audit-tail.ts';

/** Adds the verbs of the group. */
export function addAudit(program: Command): void {
  const group = program.command('audit').description('who changed what');
  addAuditTail(group);
}
