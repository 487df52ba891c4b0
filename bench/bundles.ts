/**
 * What ships in each function, paid for at every cold start: the bundle's size and the time to import it, each
 * against an empty function with the same SDK clients, bundled the same way.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { readCloudAssembly } from '../local/cloud-assembly.ts';
import { synthesize } from '../local/synthesize.ts';
import type { Row } from './rates.ts';

const RUNS = 9;

interface Bundle {
  name: string;
  file: string;
  clients: Client[];
}

type Client = 'dynamodb' | 'secretsmanager' | 'eventbridge';

const imports: Record<Client, string> = {
  dynamodb: `import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
export const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient({}));`,
  secretsmanager: `import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
export const secretsmanager = new SecretsManagerClient({});`,
  eventbridge: `import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
export const eventbridge = new EventBridgeClient({});`,
};

/** The one that tells the account's bus of budgets; no variable names the bus. */
const PUBLISHES = 'Closing';

export async function benchBundles(): Promise<Row[]> {
  mkdirSync('.tollgate', { recursive: true });
  // Inside the project, so that the empty functions find the same packages.
  const folder = mkdtempSync(resolve('.tollgate/bench-'));
  try {
    const output = join(folder, 'cdk.out');
    await synthesize({ root: resolve('.'), output, context: {} });
    const bundles = await bundlesOf(output);
    const empty = new Map<string, Measured>();
    return bundles.map(({ name, file, clients }) => {
      const kind = clients.join('+') || 'none';
      const baseline = empty.get(kind) ?? measure(emptyFunction(folder, kind, clients));
      empty.set(kind, baseline);
      const { bytes, milliseconds } = measure(file);
      return {
        function: name,
        'SDK clients': kind,
        kB: Math.round(bytes / 1000),
        'size, ratio': ratio(bytes, baseline.bytes),
        'import, ratio': ratio(milliseconds, baseline.milliseconds),
      };
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @returns the bundles of our functions as the cloud assembly has them; the CDK's own are not ours to measure. */
async function bundlesOf(assembly: string): Promise<Bundle[]> {
  const { template, assets } = await readCloudAssembly(assembly);
  return Object.entries(template.Resources)
    .filter(
      ([, { Type, Properties }]) =>
        Type === 'AWS::Lambda::Function' && Properties.Handler === 'index.handler',
    )
    .map(([id, { Properties }]) => {
      const { Variables = {} } = (Properties.Environment ?? {}) as { Variables?: object };
      const { S3Key } = Properties.Code as { S3Key: string };
      const name = id.replace(/[0-9A-F]{8}$/, '');
      const clients = clientsOf(Object.keys(Variables));
      return {
        name,
        file: join(assets.get(S3Key) ?? '', 'index.mjs'),
        clients: name === PUBLISHES ? [...clients, 'eventbridge'] : clients,
      };
    });
}

function clientsOf(variables: string[]): Client[] {
  const has = (ending: string) => variables.some((name) => name.endsWith(ending));
  return [
    ...(has('_TABLE') ? (['dynamodb'] as const) : []),
    ...(has('_SECRET') ? (['secretsmanager'] as const) : []),
  ];
}

function emptyFunction(folder: string, kind: string, clients: Client[]): string {
  const file = join(folder, kind, 'index.mjs');
  const entry = join(folder, `${kind}.ts`);
  writeFileSync(
    entry,
    [...clients.map((client) => imports[client]), 'export const handler = () => {};'].join('\n'),
  );
  buildSync({
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    mainFields: ['module', 'main'],
    banner: {
      js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);",
    },
  });
  return file;
}

interface Measured {
  bytes: number;
  milliseconds: number;
}

function measure(file: string): Measured {
  return {
    bytes: statSync(file).size,
    milliseconds: median(Array.from({ length: RUNS }, () => importTime(file))),
  };
}

/** Milliseconds that a fresh process takes to import the file, its environment complete. */
function importTime(file: string): number {
  const script = `const start = performance.now(); await import(${JSON.stringify(file)}); console.log(performance.now() - start);`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    env: { PATH: process.env.PATH, AWS_REGION: 'us-east-1', ...anyEnvironment },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`importing ${file} failed:\n${stderr}`);
  return Number(stdout.trim().split('\n').at(-1));
}

/** Functions read their variables while they are imported; the values do not matter here. */
const anyEnvironment = {
  ISSUER: 'https://issuer.example',
  AUDIENCE: 'bench',
  DIRECTORY_TABLE: 'directory',
  LEDGER_TABLE: 'ledger',
  KEY_RING_SECRET: 'ring',
  PUBLISHED_KEYS_SECRET: 'published',
  TOKEN_LIFETIME: '900',
  USAGE_RETENTION_DAYS: '90',
  KEY_ROTATION_DAYS: '30',
  POWERTOOLS_SERVICE_NAME: 'bench',
};

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const ratio = (value: number, baseline: number): string => (value / baseline).toFixed(2);
