/** The operator's command: its options, its verbs and its exit codes. Each verb has a file in `verbs/`. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { CommandFailure, EXIT } from './failure.ts';
import { printFailure } from './output.ts';
import { addBudgetsList } from './verbs/budgets-list.ts';
import { addBudgetsRemove } from './verbs/budgets-remove.ts';
import { addBudgetsSet } from './verbs/budgets-set.ts';
import { addClientsCreate } from './verbs/clients-create.ts';
import { addCredentialsAdd } from './verbs/credentials-add.ts';
import { addCredentialsRotate } from './verbs/credentials-rotate.ts';
import { addDoctor } from './verbs/doctor.ts';
import { addIssuersList } from './verbs/issuers-list.ts';
import { addIssuersPresets } from './verbs/issuers-presets.ts';
import { addIssuersRemove } from './verbs/issuers-remove.ts';
import { addIssuersSet } from './verbs/issuers-set.ts';
import { addUsageReconcile } from './verbs/usage-reconcile.ts';
import { addUsageReplay } from './verbs/usage-replay.ts';
import { addUsageStatement } from './verbs/usage-statement.ts';
import { addUsageVerify } from './verbs/usage-verify.ts';

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
  addClientsCreate(subcommand(tollgate, 'clients', 'whoever may ask for tokens'));
  const credentials = subcommand(tollgate, 'credentials', 'the ways in which a client proves itself');
  for (const add of [addCredentialsAdd, addCredentialsRotate]) add(credentials);
  const issuers = subcommand(tollgate, 'issuers', 'whose tokens are trusted, and for what');
  for (const add of [addIssuersSet, addIssuersList, addIssuersRemove, addIssuersPresets]) add(issuers);
  const budgets = subcommand(tollgate, 'budgets', 'what may be spent, and what was');
  for (const add of [addBudgetsSet, addBudgetsList, addBudgetsRemove]) add(budgets);
  const usage = subcommand(
    tollgate,
    'usage',
    'what was booked: statements of it, and that nothing is missing',
  );
  for (const add of [addUsageReplay, addUsageReconcile, addUsageVerify, addUsageStatement]) add(usage);
  addDoctor(tollgate);
  return tollgate;
}

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

const subcommand = (parent: Command, name: string, description: string): Command =>
  parent.command(name).description(description);
