/** `tollgate usage statement`: the signed statement of a client's month, verified. */
import { writeFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { CommandFailure, EXIT, messageOf, printable } from '../failure.ts';
import { printJson, printTables } from '../output.ts';
import { fetchStatement, keysOf, type Statement } from '../statement.ts';
import { type Column, printTable } from '../table.ts';
import { findTarget, sameTarget, type TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate usage`. */
export function addUsageStatement(usage: Command): void {
  usage
    .command('statement')
    .description("the signed statement of a client's month, verified with the published keys")
    .requiredOption('--client <id>', 'whose it is')
    .requiredOption('--month <month>', 'a month that is over, such as 2026-10', month)
    .option(
      '--out <file>',
      'write the statement itself, a compact JWS, to this file; - for the standard output alone',
    )
    .option('--json', 'print {"statement", "claims"} as JSON, and nothing else')
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => show(command.optsWithGlobals<Options>()));
}

const EXAMPLES = `
Examples:
  $ npx tollgate usage statement --local --client reader --month 2026-10
  $ npx tollgate usage statement --stack Tollgate-dev --client ci --month 2026-10 --out ci-2026-10.jws`;

interface Options extends TargetOptions {
  client: string;
  month: string;
  out?: string;
  json?: boolean;
}

function month(text: string): string {
  if (/^\d{4}-(?:0[1-9]|1[0-2])$/.test(text)) return text;
  throw new InvalidArgumentError('It has to be a month such as 2026-10.');
}

async function show(options: Options): Promise<void> {
  if (options.json && options.out === '-') {
    throw new CommandFailure(EXIT.usage, '--json and --out - were both given.', 'Give one of them.');
  }
  const target = await findTarget(options);
  const statement = await fetchStatement(target, options);
  const { jws, claims } = statement;
  if (options.out === '-') return void process.stdout.write(`${jws}\n`);
  if (options.out !== undefined) write(options.out, jws);
  if (options.json) return printJson({ statement: jws, claims });
  print(statement);
  process.stdout.write(`\nSigned by a key that ${keysOf(target)} publishes.\n`);
  if (options.out !== undefined) process.stdout.write(`Written to ${printable(options.out)}.\n`);
  process.stdout.write(
    `\nWhat it stands on is what was booked, as\n\n  ${verifying(options, claims)}\n\nproves, while its records are kept.\n`,
  );
}

/** The command that counts the month anew, and looks for the statement's link in the chain. */
function verifying(options: Options, { period, chain }: Statement['claims']): string {
  const last = new Date(Date.parse(period.to) - 1).toISOString().slice(0, 10);
  return `npx tollgate usage verify ${sameTarget(options)} --from ${options.month}-01 --to ${last} --head ${chain.seq}:${chain.hash}`;
}

function write(file: string, jws: string): void {
  try {
    writeFileSync(file, jws);
  } catch (cause) {
    const what = `${printable(file)} cannot be written: ${messageOf(cause)}`;
    throw new CommandFailure(EXIT.usage, what, 'Name a file in a folder that is there.', { cause });
  }
}

function print({ kid, claims }: Statement): void {
  const { iss, sub, iat, period, currency, rows, total, chain } = claims;
  const facts: [string, string][] = [
    ['Client', sub],
    ['Period', `${period.from} to ${period.to}`],
    ['Issuer', iss],
    ['Signed', `${new Date(iat * 1000).toISOString()}, key ${kid}`],
    ['Chain', `link ${chain.seq}, ${chain.hash}`],
  ];
  printTables([facts.map(([name, value]) => [name, printable(value)] as const)], '');
  process.stdout.write('\n');
  printTable(columnsOf(currency), [...rows, { ...total, route: 'Total' }], '');
}

type Sums = Statement['claims']['total'] & { route: string; tenant?: string | undefined };

const columnsOf = (currency: string): Column<Sums>[] => [
  { head: 'Route', of: ({ route }) => route },
  { head: 'Tenant', of: ({ tenant }) => tenant },
  { head: 'Calls', of: ({ calls }) => String(calls), align: 'right' },
  { head: 'Errors', of: ({ errors }) => String(errors), align: 'right' },
  { head: 'Refused', of: ({ refused }) => String(refused), align: 'right' },
  { head: `Cost (${printable(currency)})`, of: ({ cost }) => cost, align: 'right' },
];
