/** The operator's command: its options, its verbs and its exit codes. Each verb has a file in `verbs/`, each group of them one in `groups/`. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { CommandFailure, EXIT, printableLines } from './failure.ts';
import { exitCodesOf, withExitCodes } from './help.ts';
import { printFailure } from './output.ts';
import { sameTarget, type TargetOptions } from './target.ts';

/**
 * Runs one command.
 *
 * @param argv the process's arguments, the two of Node included
 * @returns the exit code
 * @throws Error only where nobody foresaw it
 */
export async function main(argv: readonly string[]): Promise<number> {
  const asked = helpAsOption(argv);
  const tollgate = await program(asked);
  try {
    await tollgate.parseAsync(asked);
    return EXIT.done;
  } catch (error) {
    // commander has printed what was wrong, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (!(error instanceof CommandFailure)) throw error;
    printFailure({ message: error.message, next: hintFor(error.next, tollgate.opts()) });
    return error.exitCode;
  }
}

/**
 * @param argv what is asked for: only what it names is loaded, and all where it names nothing. None for everything
 * @returns the command with its verbs
 */
export async function program(argv?: readonly string[]): Promise<Command> {
  const tollgate = new Command('tollgate')
    .description('Operates a Tollgate deployment, with your AWS credentials.')
    .option('--local', 'the local runner: what `npm run local` started here')
    .option('--stack <name>', 'the CloudFormation stack of a deployment')
    .option('--region <region>', "the stack's region; by default that of AWS_REGION or your AWS profile")
    .version(version())
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('Add --help to see how it is used.')
    .addHelpText('afterAll', ({ command }) => exitCodesOf(command))
    // It quotes what was typed, which may have been pasted.
    .configureOutput({ writeErr: (text) => void process.stderr.write(printableLines(text)) })
    .exitOverride();
  withExitCodes(tollgate, { found: 'done, and something is wrong with what was looked at' });
  const named = PARTS.filter(([name]) => argv?.includes(name));
  for (const [, load] of named.length === 0 ? PARTS : named) (await load())(tollgate);
  return tollgate;
}

/** `tollgate help clients create` is `tollgate clients create --help`; commander's own `help` goes one verb deep. */
const helpAsOption = ([node = '', script = '', first, ...verbs]: readonly string[]): string[] =>
  first === 'help' && verbs.length > 1
    ? [node, script, ...verbs, '--help']
    : [node, script, ...(first === undefined ? [] : [first]), ...verbs];

/** Commands to go on with name the deployment that it was about, so that they can be copied. */
function hintFor(next: string, options: TargetOptions): string {
  if (!options.local && options.stack === undefined) return next;
  return next.replace(/`(npx tollgate [^`]*)`/g, (whole, command: string) =>
    /--(?:local|stack|url|help)\b|…/.test(command) ? whole : `\`${command} ${sameTarget(options)}\``,
  );
}

type Part = readonly [name: string, load: () => Promise<(tollgate: Command) => void>];

/** In the order of the help: what an operator needs first. Each is loaded by itself, because loading all takes longer than most verbs. */
// biome-ignore format: a table, one line a part
const PARTS: readonly Part[] = [
  ['clients', async () => (await import('./groups/clients.ts')).addClients],
  ['credentials', async () => (await import('./groups/credentials.ts')).addCredentials],
  ['roles', async () => (await import('./groups/roles.ts')).addRoles],
  ['issuers', async () => (await import('./groups/issuers.ts')).addIssuers],
  ['prices', async () => (await import('./groups/prices.ts')).addPrices],
  ['budgets', async () => (await import('./groups/budgets.ts')).addBudgets],
  ['tokens', async () => (await import('./groups/tokens.ts')).addTokens],
  ['keys', async () => (await import('./groups/keys.ts')).addKeys],
  ['usage', async () => (await import('./groups/usage.ts')).addUsage],
  ['audit', async () => (await import('./groups/audit.ts')).addAudit],
  ['login', async () => (await import('./verbs/login.ts')).addLogin],
  ['call', async () => (await import('./verbs/call.ts')).addCall],
  ['leak', async () => (await import('./verbs/leak.ts')).addLeak],
  ['doctor', async () => (await import('./verbs/doctor.ts')).addDoctor],
  ['open', async () => (await import('./verbs/open.ts')).addOpen],
  ['completion', async () => (await import('./verbs/completion.ts')).addCompletion(() => program())],
];

function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
