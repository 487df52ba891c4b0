/** The operator's command: its options, its verbs and its exit codes. Each verb has a file in `verbs/`, each group of them one in `groups/`. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { CommandFailure, EXIT } from './failure.ts';
import { addAudit } from './groups/audit.ts';
import { addBudgets } from './groups/budgets.ts';
import { addClients } from './groups/clients.ts';
import { addCredentials } from './groups/credentials.ts';
import { addIssuers } from './groups/issuers.ts';
import { addKeys } from './groups/keys.ts';
import { addPrices } from './groups/prices.ts';
import { addRoles } from './groups/roles.ts';
import { addTokens } from './groups/tokens.ts';
import { addUsage } from './groups/usage.ts';
import { printFailure } from './output.ts';
import { addDoctor } from './verbs/doctor.ts';

/**
 * Runs one command.
 *
 * @param argv the process's arguments, the two of Node included
 * @returns the exit code
 * @throws Error only where nobody foresaw it
 */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    await program().parseAsync(argv);
    return EXIT.done;
  } catch (error) {
    // commander has printed what was wrong, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (!(error instanceof CommandFailure)) throw error;
    printFailure(error);
    return error.exitCode;
  }
}

function program(): Command {
  const tollgate = new Command('tollgate')
    .description('Operates a Tollgate deployment, with your AWS credentials.')
    .option('--local', 'the local runner: what `npm run local` started here')
    .option('--stack <name>', 'the CloudFormation stack of a deployment')
    .option('--region <region>', "the stack's region; by default that of AWS_REGION or your AWS profile")
    .version(version())
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('Add --help to see how it is used.')
    .addHelpText('after', EXIT_CODES)
    .exitOverride();
  for (const add of GROUPS) add(tollgate);
  addDoctor(tollgate);
  return tollgate;
}

/** In the order of the help: what an operator needs first. */
const GROUPS = [
  addClients,
  addCredentials,
  addRoles,
  addIssuers,
  addPrices,
  addBudgets,
  addTokens,
  addKeys,
  addUsage,
  addAudit,
];

function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

const EXIT_CODES = `
Exit codes:
  ${EXIT.done}  done
  ${EXIT.refused}  refused by the server
  ${EXIT.usage}  used in a way it cannot be
  ${EXIT.unreachable}  the server cannot be reached, or there are no credentials
  ${EXIT.found}  done, and something is wrong with what was looked at (\`tollgate usage\`)`;
