/** The local runner: synthesizes the app and serves it, until it is closed (see the contract in the docs). */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { accessLine, announcement, deniedLine, eventLine, stepLine } from './announce.ts';
import { type Beside, serveBeside } from './beside.ts';
import { readCloudAssembly } from './cloud-assembly.ts';
import { removeContract, writeContract } from './contract.ts';
import { createDemoClients } from './demo-clients.ts';
import { deploy, type Machine } from './deploy.ts';
import { startDynamoDb } from './dynamodb.ts';
import { startEventBridge } from './event-bridge.ts';
import { createGateway, type Gateway, type GatewayOptions } from './gateway.ts';
import { createEvaluator } from './iam/evaluate.ts';
import { guardDynamoDb, guardEvents, guardSecrets } from './iam/guard.ts';
import { createPrincipals, type Principals } from './iam/principals.ts';
import { createKeyCache } from './jwks.ts';
import { createJwtAuthorizer } from './jwt-authorizer.ts';
import { openLogs } from './logs.ts';
import { REGION } from './physical.ts';
import { startSecretsManager } from './secrets-manager.ts';
import type { AwsCredentials } from './signature.ts';
import { createStage } from './stage.ts';
import { openState, type State } from './state.ts';
import { synthesize } from './synthesize.ts';
import { watchSources } from './watch.ts';

export interface RunnerOptions {
  /** The project's folder. */
  root: string;
  /** Folder for the contract, the logs and the cloud assembly. */
  home: string;
  /** 0 lets the system choose. */
  port: number;
  /** Folder that keeps tables and secrets; in memory where absent. */
  data: string | undefined;
  fresh: boolean;
  /** Entries of apps that are served beside, each on a port of its own. */
  beside?: readonly string[];
  /** Serve what changes in the sources. */
  watch: boolean;
  /** Print what the functions log. */
  verbose: boolean;
  print: (line: string) => void;
}

export interface Runner {
  url: string;
  /** Ends everything and removes the contract. */
  close(): Promise<void>;
}

type Close = () => Promise<void>;

/** @throws Error whose message says what to do; nothing is left running then */
export async function startRunner(options: RunnerOptions): Promise<Runner> {
  const closers: Close[] = [];
  const close = async () => {
    for (const one of closers.splice(0).reverse()) await one();
  };
  try {
    return { url: await start(options, closers), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(options: RunnerOptions, closers: Close[]): Promise<string> {
  const { root, home, data, fresh, print } = options;
  const step = steps(print);
  const clock = Date.now;
  const operator = newOperator();
  let logAccess: (line: string) => void = () => undefined;
  const gatewayOptions: GatewayOptions = {
    clock,
    operator,
    authorize: createJwtAuthorizer(createKeyCache(clock), clock),
    onAccess: (record) => {
      print(accessLine(record));
      if (record.line !== undefined) logAccess(record.line);
    },
  };
  const gateway = createGateway(gatewayOptions);
  const url = await listen(gateway, options.port);
  closers.push(gateway.close);
  const logs = await openLogs(join(home, 'logs'), echoOf(options));
  // Before all others, so that it is closed last: they write to it until they are closed.
  closers.unshift(logs.close);
  logAccess = logs.of(ACCESS_LOG);

  const output = join(home, 'cdk.out');
  const synth = () => synthesize({ root, output, context: { stage: 'local', issuer: url } });
  print('Starting: synthesizing the app takes the longest …');
  await step('synthesized the app and bundled its functions', async () => {
    await rm(output, { recursive: true, force: true });
    await synth();
  });

  const state = await openState(data, fresh);
  const principals = createPrincipals(operator);
  const machine = await step('started DynamoDB, Secrets Manager and EventBridge', () =>
    startMachine(options, state, { url, operator, logOf: logs.of }, principals, closers),
  );

  const stage = createStage(gateway, principals, home, print);
  closers.push(stage.close);
  const current = await step('created the tables and secrets of the template', async () =>
    deploy(await readCloudAssembly(output), machine),
  );
  await step(`ran ${current.triggers.length} triggers of the deployment`, () => stage.put(current));
  const clients = await step('created the demo clients', () =>
    createDemoClients(url, operator, state.clients),
  );
  await state.keepClients(clients);
  const beside: Beside[] = [];
  for (const app of options.beside ?? []) {
    const around = { root, home, print, machine, principals, context: current.outputs() };
    const one = await step(`serving ${app} beside`, () =>
      // What is called there is printed; the access log here is of the API here.
      serveBeside(app, {
        ...around,
        gateway: { ...gatewayOptions, onAccess: (record) => print(accessLine(record)) },
      }),
    );
    closers.push(one.close);
    beside.push(one);
  }

  const contract = join(home, 'local.json');
  // Named one by one: the SDK notes in the object where it has the credentials from.
  const { accessKeyId, secretAccessKey } = operator;
  const aws = { accessKeyId, secretAccessKey, region: REGION, endpoints: machine.endpoints };
  closers.push(() => removeContract(contract, url));
  const addresses = Object.fromEntries(beside.map(({ stackName, url }) => [stackName, url]));
  await writeContract(contract, { url, clients, ...(beside.length > 0 && { beside: addresses }), aws });
  print(announcement({ api: current.api, clients, url, contract, beside }));

  if (!options.watch) return url;
  const reload = async () => {
    print('The sources changed …');
    await step('serving them', async () => {
      await synth();
      await stage.put(await deploy(await readCloudAssembly(output), machine));
      for (const one of beside) await one.reload();
    }).catch((error) => print(`${messageOf(error)}\nStill serving what was there before.`));
  };
  closers.push(watchSources(root, (options.beside ?? []).map(dirname), reload));
  return url;
}

/** The gateway's, beside those of the functions. */
const ACCESS_LOG = 'access';

/** @returns what shows on the terminal what functions log, if that is asked for; requests are shown anyhow. */
function echoOf({ verbose, print }: RunnerOptions): ((name: string, line: string) => void) | undefined {
  if (!verbose) return undefined;
  return (name, line) => {
    if (name !== ACCESS_LOG) print(`${name}: ${line}`);
  };
}

/** Starts what the functions speak to. */
async function startMachine(
  { print }: RunnerOptions,
  state: State,
  known: Pick<Machine, 'url' | 'operator' | 'logOf'>,
  principals: Principals,
  closers: Close[],
): Promise<Machine> {
  const evaluate = createEvaluator();
  const onDenied = (sentence: string) => print(deniedLine(sentence));
  const iam = { principals, evaluate, clock: Date.now, onDenied };
  const dynamodb = await startDynamoDb(state.tables, guardDynamoDb(iam));
  closers.push(dynamodb.close);
  const secrets = await startSecretsManager({
    guard: (find) => guardSecrets(iam, find),
    ...(state.secrets !== undefined && { dataDir: state.secrets }),
  });
  closers.push(secrets.close);
  const logOfEvents = known.logOf('events');
  const events = await startEventBridge({
    guard: guardEvents(iam),
    onEvent: (event) => {
      logOfEvents(JSON.stringify(event));
      print(eventLine(event));
    },
  });
  closers.push(events.close);
  const endpoints = { dynamodb: dynamodb.url, secretsmanager: secrets.url, eventbridge: events.url };
  return { ...known, endpoints, evaluate, createSecret: secrets.createSecret };
}

async function listen(gateway: Gateway, port: number): Promise<string> {
  try {
    return `http://127.0.0.1:${(await gateway.listen(port)).port}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Error(
      `port ${port} is in use, perhaps by a runner that is up already. End it, or choose another port: ` +
        `npm run local -- --port ${port + 1}`,
    );
  }
}

/** The one who may call the operator routes of this run. */
const newOperator = (): AwsCredentials => ({
  accessKeyId: `LOCALOPERATOR${randomBytes(4).toString('hex').toUpperCase()}`,
  secretAccessKey: randomBytes(30).toString('base64url'),
});

function steps(print: (line: string) => void) {
  return async <T>(what: string, run: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await run();
    print(stepLine(what, performance.now() - started));
    return result;
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
