/** `tollgate open`: the page of the deployment's API, in the browser. */
import type { Command } from 'commander';
import { findEndpoint } from '../login.ts';
import { deploymentUrl } from '../options.ts';
import type { TargetOptions } from '../target.ts';

/** Adds the verb to `tollgate`. */
export function addOpen(tollgate: Command): void {
  tollgate
    .command('open')
    .description("the documentation of the deployment's API, in the browser")
    .option('--url <url>', "the deployment's address; needs no AWS credentials", deploymentUrl)
    .option('--print', 'print its address, and open nothing')
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => show(command.optsWithGlobals<Options>()));
}

const EXAMPLES = `
Where there is no terminal or no display, it prints the address too.

Examples:
  $ npx tollgate open --local
  $ npx tollgate open --stack Tollgate-dev --print`;

interface Options extends TargetOptions {
  url?: string;
  print?: boolean;
}

async function show(options: Options): Promise<void> {
  const { url } = await findEndpoint(options);
  const page = `${url}/docs`;
  process.stdout.write(`${page}\n`);
  if (options.print || !process.stdout.isTTY || !hasDisplay()) return;
  const { default: open } = await import('open');
  const browser = await open(page);
  // Without a browser the address on the screen has to do.
  browser.on('error', () => undefined);
}

const hasDisplay = (): boolean =>
  process.platform !== 'linux' ||
  [process.env.DISPLAY, process.env.WAYLAND_DISPLAY, process.env.WSL_DISTRO_NAME].some(Boolean);
