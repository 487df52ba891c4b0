/** The proof of deployment, from nothing to nothing: which phases there are, and in which order. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { differences } from '../e2e/differences.ts';
import { Cdk } from './cdk.ts';
import { type Contract, createClients, writeContract } from './clients.ts';
import { type Endpoint, openEndpoint } from './endpoint.ts';
import { Account } from './leftovers.ts';
import { lint } from './lint.ts';
import { PREVIOUS_CONTEXT, previousRevision } from './previous.ts';
import type { Phase, Report } from './report.ts';
import { hasProject, runSuite } from './suites.ts';
import { useAfter, useBefore } from './survival.ts';

export interface ProofOptions {
  /** The project's folder. */
  root: string;
  /** A private folder of this run. */
  home: string;
  report: Report;
  /** Is told of the endpoint as soon as there is one, for whoever has to end it or to explain a failure. */
  opened: (endpoint: Endpoint, stack: string) => void;
}

/** Where the ledger can go as well: those stacks are looked at, and not deployed. */
const EXPORTS = {
  s3: 's3',
  splunk:
    'splunk:https://hec.example.com:8088,arn:aws:secretsmanager:us-east-1:111122223333:secret:hec-AbCdEf',
  domain: 'opensearch:arn:aws:es:us-east-1:111122223333:domain/audit',
  collection: 'opensearch:https://abc123.us-east-1.aoss.amazonaws.com',
};

/** @throws what the phase that failed has thrown */
export async function prove({ root, home, report, opened }: ProofOptions): Promise<void> {
  // Eight hex digits are the only ids that MiniStack takes for an API.
  const id = randomBytes(4).toString('hex');
  const stage = `proof-${id}`;
  const stack = `Tollgate-${stage}`;
  const endpoint = await report.phase('endpoint', (phase) => openEndpoint(phase, root, home));
  opened(endpoint, stack);
  const { env } = endpoint;
  const cdk = new Cdk({ root, env, home, stack });
  const account = new Account(env);
  const context = { stage, ...(endpoint.isMiniStack && addressedAs(endpoint.url, id)) };
  const assembly = (name: string) => join(home, name);

  await report.phase('template', async (phase) => {
    await cdk.synth(phase, assembly('current'), context);
    for (const [name, exportTo] of Object.entries(EXPORTS)) {
      await cdk.template(phase, assembly(name), { ...context, exportTo });
    }
    const templates = ['current', ...Object.keys(EXPORTS)].map((name) =>
      join(assembly(name), `${stack}.template.json`),
    );
    await lint(phase, root, endpoint.python, templates);
  });
  await report.phase('bootstrap', async (phase) => {
    await cdk.bootstrap(phase, assembly('current'));
    phase.check('the bootstrap stack is complete', isComplete(await account.stackStatus('CDKToolkit')));
  });
  const url = await report.phase('deploy, previous revision', async (phase) => {
    const previous = await previousRevision(phase, root, home);
    phase.say(`previous revision: ${previous.name}`);
    await cdk.synth(phase, assembly('earlier'), { ...context, ...PREVIOUS_CONTEXT }, previous.root);
    return deploy(phase, cdk, account, stack, assembly('earlier'));
  });
  const used = await report.phase('use, previous revision', async (phase) => {
    const clients = await createClients(phase, { root, env, stack });
    const contract: Contract = { url, clients, aws: operatorOf(env) };
    const before = await useBefore(phase, contract);
    return { contract, before, logs: await account.logGroups(functionLogs(stack)) };
  });
  const { contract, before } = used;
  await report.phase('upgrade', async (phase) => {
    const upgraded = await deploy(phase, cdk, account, stack, assembly('current'));
    phase.check('the address is the same', upgraded === url);
    await useAfter(phase, contract, before);
  });

  const suite = {
    root,
    home,
    env: {
      ...env,
      TOLLGATE_URL: url,
      TOLLGATE_STACK: stack,
      TOLLGATE_CONTRACT: writeContract(home, contract),
      TOLLGATE_DIFFERENCES: endpoint.isMiniStack ? Object.keys(differences).join(',') : '',
    },
  };
  await report.phase('end to end', (phase) => runSuite(phase, { ...suite, project: 'e2e' }));
  if (hasProject(root, 'differential')) {
    await report.phase('differential', (phase) => runSuite(phase, { ...suite, project: 'differential' }));
  }
  await report.phase('no changes', async (phase) => {
    await cdk.synth(phase, assembly('again'), context);
    const { code } = await cdk.diff(phase, assembly('again'));
    phase.check('cdk diff finds no difference after another synth', code === 0);
    const { said } = await cdk.deploy(phase, assembly('again'));
    phase.check('another deploy changes nothing', said.includes('(no changes)'));
  });
  await report.phase('destroy', async (phase) => {
    await destroy(phase, cdk, account, stack, assembly('again'));
    await noLogsLeft(phase, account, stack, used.logs);
  });
}

async function deploy(phase: Phase, cdk: Cdk, account: Account, stack: string, assembly: string) {
  const { outputs } = await cdk.deploy(phase, assembly);
  phase.check('the stack is complete', isComplete(await account.stackStatus(stack)));
  const { ApiUrl } = outputs;
  if (ApiUrl === undefined) throw new Error('the stack has no output ApiUrl');
  return ApiUrl;
}

async function destroy(phase: Phase, cdk: Cdk, account: Account, stack: string, assembly: string) {
  const made = await account.madeBy(stack);
  for (const type of account.types) {
    const some = made.filter((one) => one.type === type);
    phase.check(`there is ${type}, ${some.length}`, some.length > 0 && (await allThere(account, some)));
  }
  await cdk.destroy(phase, assembly);
  phase.check('the stack is gone', [undefined, 'DELETE_COMPLETE'].includes(await account.stackStatus(stack)));
  for (const one of made) {
    phase.check(`gone: ${one.type} ${one.id}`, !(await account.has(one)));
  }
}

/** @param earlier log groups that were there before the upgrade: this revision cannot take them along */
async function noLogsLeft(phase: Phase, account: Account, stack: string, earlier: readonly string[]) {
  const logs = await account.logGroups(functionLogs(stack));
  for (const log of logs.filter((name) => earlier.includes(name))) {
    phase.skipped(
      `gone: ${log}`,
      'a function of the previous revision has made itself a log group outside of its stack',
    );
  }
  const left = logs.filter((name) => !earlier.includes(name));
  for (const log of left) phase.say(`left: ${log}`);
  phase.check('no function of this revision has left a log group', left.length === 0);
}

/** How log groups are called that functions make themselves. */
const functionLogs = (stack: string): string => `/aws/lambda/${stack}`;

async function allThere(account: Account, made: Parameters<Account['has']>[0][]): Promise<boolean> {
  const there = await Promise.all(made.map((one) => account.has(one)));
  return there.every((one) => one);
}

/** The address that MiniStack's own process and its functions can resolve, see docs/emulator.md. */
const addressedAs = (url: string, id: string) => ({
  issuer: `${url}/_aws/execute-api/${id}/$default`,
  apiTags: JSON.stringify({ 'ms-custom-id': id }),
});

const isComplete = (status: string | undefined) => /^(CREATE|UPDATE)_COMPLETE$/.test(status ?? '');

const operatorOf = (env: NodeJS.ProcessEnv) => ({
  accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
  secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
  region: env.AWS_REGION ?? '',
});
