/** `npm run bench`: every number here is a ratio against something measured in the same run. */
import Table from 'cli-table3';
import { benchBundles } from './bundles.ts';
import { benchGrants } from './grants.ts';
import { benchLogin } from './login.ts';
import type { Row } from './rates.ts';

report('Issuing tokens', await benchLogin());
report('Each grant', await benchGrants());
console.log('Synthesizing and importing each bundle …');
report('What ships in each function', await benchBundles());
process.exit(0);

function report(title: string, rows: Row[]): void {
  const head = Object.keys(rows[0] ?? {});
  const table = new Table({ head, style: { head: [], border: [] } });
  table.push(...rows.map((row) => head.map((column) => row[column] ?? '')));
  console.log(`\n${title}\n${table.toString()}\n`);
}
