/** Clients that are created as an operator does it: by `tollgate clients create`, signed with AWS credentials. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';
import type { Phase } from './report.ts';

interface Service {
  clientId: string;
  clientSecret: string;
  apiKey: string;
}

interface Clients {
  reader: Service;
  writer: Service;
  gateway: Service;
  alice: { clientId: string; password: string };
}

/** The form of `.tollgate/local.json`, as far as the end-to-end tests read it. */
export interface Contract {
  url: string;
  clients: Clients;
  aws: { accessKeyId: string; secretAccessKey: string; region: string };
}

export interface Operator {
  root: string;
  env: NodeJS.ProcessEnv;
  stack: string;
}

const claims = ['--claim', 'userID', '--claim', 'role'];
const wanted = {
  reader: ['--scope', 'read:products', '--scope', 'read:usage', ...claims],
  writer: [
    ...['--scope', 'read:products', '--scope', 'write:products', '--scope', 'read:usage', ...claims],
    ...['--grant-type', 'client_credentials', '--grant-type', 'refresh_token'],
  ],
  gateway: [
    ...['--scope', 'read:products', '--scope', 'introspect:tokens'],
    ...['--grant-type', 'client_credentials', '--grant-type', 'token-exchange'],
  ],
  alice: ['--kind', 'user', '--scope', 'read:products', '--scope', 'read:usage'],
};

/** @throws CommandFailed where the command does not end with 0 */
export async function createClients(phase: Phase, operator: Operator): Promise<Clients> {
  const [reader, writer, gateway, alice] = await Promise.all(
    Object.entries(wanted).map(([id, options]) => create(phase, operator, id, options)),
  );
  return {
    reader: service('reader', reader),
    writer: service('writer', writer),
    gateway: service('gateway', gateway),
    alice: { clientId: 'alice', password: text('alice', alice, 'password') },
  };
}

/** @returns the file, readable by its owner alone. */
export function writeContract(folder: string, contract: Contract): string {
  const file = join(folder, 'contract.json');
  writeFileSync(file, JSON.stringify(contract), { mode: 0o600 });
  return file;
}

async function create(
  phase: Phase,
  { root, env, stack }: Operator,
  id: string,
  options: readonly string[],
): Promise<unknown> {
  const args = [
    'bin/tollgate.mjs',
    'clients',
    'create',
    '--stack',
    stack,
    '--json',
    '--id',
    id,
    '--name',
    id,
  ];
  const { stdout } = await run(
    {
      title: `tollgate clients create --stack ${stack} --id ${id}`,
      program: process.execPath,
      args: [...args, ...options],
      cwd: root,
      env,
      timeout: 120_000,
    },
    phase.say,
  );
  phase.passed(1);
  return JSON.parse(stdout);
}

const service = (id: string, created: unknown): Service => ({
  clientId: id,
  clientSecret: text(id, created, 'client_secret'),
  apiKey: text(id, created, 'api_key'),
});

function text(id: string, created: unknown, field: string): string {
  const value = (created as Record<string, unknown> | undefined)?.[field];
  if (typeof value !== 'string') throw new Error(`the client ${id} was created without ${field}`);
  return value;
}
