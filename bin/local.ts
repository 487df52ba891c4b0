/** `npm run local`: serves the app on this machine. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startRunner } from '../local/runner.ts';

const HELP = `Serves the synthesized app on 127.0.0.1, with DynamoDB and Secrets Manager embedded.

  npm run local -- [options]

  --port N     the port, by default PORT or 8787; 0 lets the system choose
  --data DIR   keep tables, secrets and demo clients in DIR; by default they are in memory
  --fresh      start with an empty DIR
  --home DIR   where local.json, the logs and the cloud assembly go, by default .tollgate; with another one, commands
               find it by TOLLGATE_HOME=DIR
  --beside APP serve an app of your own as well, on a port of its own: the file of its entry; repeatable
  --no-watch   do not serve changes of the sources
  --verbose    print what the functions log
  --help       this text`;

const options = {
  port: { type: 'string' },
  data: { type: 'string' },
  fresh: { type: 'boolean', default: false },
  home: { type: 'string', default: '.tollgate' },
  beside: { type: 'string', multiple: true, default: [] as string[] },
  watch: { type: 'boolean', default: true },
  verbose: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

// Which Node.js the SDK will want next year is nothing to tell whoever starts the runner.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options, allowNegative: true });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const root = fileURLToPath(new URL('..', import.meta.url));
  const runner = await startRunner({
    root,
    home: resolve(root, values.home),
    port: portOf(values.port ?? process.env.PORT ?? '8787'),
    data: values.data === undefined ? undefined : resolve(values.data),
    fresh: values.fresh,
    beside: values.beside.map((app) => resolve(app)),
    watch: values.watch,
    verbose: values.verbose,
    print: (line) => console.log(line),
  });
  const end = () => {
    // A second signal finds no listener and ends the process at once.
    process.removeAllListeners('SIGINT').removeAllListeners('SIGTERM');
    void runner.close().then(() => process.exit(0));
  };
  process.once('SIGINT', end).once('SIGTERM', end);
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new Error(`the port has to be a number from 0 to 65535, and is ${JSON.stringify(text)}`);
}
