/** `npm run bench`: every number here is a ratio against something measured in the same run. */
import Table from 'cli-table3';
import { benchBundles } from './bundles.ts';
import { benchLogin } from './login.ts';

report('Issuing tokens', await benchLogin());
console.log('Synthesizing and importing each bundle …');
report('What ships in each function', await benchBundles());
process.exit(0);

function report(title: string, rows: Record<string, string | number>[]): void {
  const head = Object.keys(rows[0] ?? {});
  const table = new Table({ head, style: { head: [], border: [] } });
  table.push(...rows.map((row) => head.map((column) => row[column] ?? '')));
  console.log(`\n${title}\n${table.toString()}\n`);
}
