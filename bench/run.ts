/**
 * `npm run bench`: every number here is a ratio against something measured in the same run, or a count.
 *
 *     npm run bench                     all of it, in a few minutes
 *     npm run bench -- ledger --full    one of them; --full is the ledger at its whole size, in hours
 */
import Table from 'cli-table3';
import { benchBudget } from './budget.ts';
import { benchBundles } from './bundles.ts';
import { benchGrants } from './grants.ts';
import { benchImports } from './imports.ts';
import { benchLedger } from './ledger.ts';
import { benchLogin } from './login.ts';
import type { Row } from './rates.ts';

const { full, names } = argumentsOf(process.argv.slice(2));

const benches: Record<string, () => Promise<Record<string, Row[]>>> = {
  login: async () => ({ 'Issuing tokens': await benchLogin() }),
  grants: async () => ({ 'Each grant': await benchGrants() }),
  budgets: async () => ({ 'By how much budgets are overspent': await benchBudget() }),
  ledger: () => benchLedger(full),
  imports: async () => ({ 'Importing a file': await benchImports() }),
  bundles: async () => {
    console.log('Synthesizing and importing each bundle …');
    return { 'What ships in each function': await benchBundles() };
  },
};

const unknown = names.filter((name) => benches[name] === undefined);
if (unknown.length > 0) throw new Error(`no bench ${unknown}; there are ${Object.keys(benches).join(', ')}`);
for (const [name, bench] of Object.entries(benches)) {
  if (names.length > 0 && !names.includes(name)) continue;
  for (const [title, rows] of Object.entries(await bench())) report(title, rows);
}
process.exit(0);

function argumentsOf(given: string[]) {
  return { full: given.includes('--full'), names: given.filter((name) => name !== '--full') };
}

function report(title: string, rows: Row[]): void {
  const head = Object.keys(rows[0] ?? {});
  const table = new Table({ head, style: { head: [], border: [] } });
  table.push(...rows.map((row) => head.map((column) => row[column] ?? '')));
  console.log(`\n${title}\n${table.toString()}\n`);
}
