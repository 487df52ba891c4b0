/**
 * A Secrets Manager endpoint for one machine: AWS JSON 1.1 over HTTP, on the loopback interface only. Without a
 * guard it wants a signed request but checks no signature: whoever reaches it may read the secrets.
 */
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type JsonEndpoint, startJsonEndpoint } from './aws-json.ts';
import type { Guard } from './iam/guard.ts';
import type { FindSecret } from './iam/secrets-calls.ts';
import { findSecret, type Secret, secretShape, secretValues } from './secret-values.ts';

export interface SecretsManagerOptions {
  /** Where each secret is kept as a file that only its owner may read; in memory where absent. */
  dataDir?: string;
  /** Milliseconds since the epoch. */
  clock?: () => number;
  /** Is asked before each operation. */
  guard?: (find: FindSecret) => Guard;
}

export interface SecretsManagerEndpoint extends JsonEndpoint {
  /** Creates a secret without a value, or finds the one of that name. */
  createSecret(name: string): Promise<{ arn: string }>;
}

/** @throws Error that names the file, where a secret in `dataDir` cannot be read. */
export async function startSecretsManager(
  options: SecretsManagerOptions = {},
): Promise<SecretsManagerEndpoint> {
  const { dataDir, clock = Date.now } = options;
  const secrets = dataDir === undefined ? new Map<string, Secret>() : await load(dataDir);
  const save = dataDir === undefined ? async () => {} : (secret: Secret) => store(dataDir, secret);
  const operate = secretValues(secrets, () => clock() / 1000, save);

  // One at a time: each operation has to find its secret as the one before left it, on the disk as well.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (operation: string, input: unknown): Promise<object> => {
    const run = last.then(() => operate(operation, input));
    last = run.catch(() => undefined);
    return run;
  };

  const endpoint = await startJsonEndpoint({
    target: 'secretsmanager',
    operate: inTurn,
    guard: options.guard?.((id) => findSecret(secrets, id)?.arn),
    maxBody: MAX_BODY,
  });
  return {
    ...endpoint,
    createSecret: async (name) => {
      const existing = secrets.get(name);
      if (existing !== undefined) return { arn: existing.arn };
      const { ARN } = (await inTurn('CreateSecret', { Name: name })) as { ARN: string };
      return { arn: ARN };
    },
  };
}

const MAX_BODY = 200_000;

async function load(dataDir: string): Promise<Map<string, Secret>> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const files = (await readdir(dataDir)).filter((file) => file.endsWith('.json'));
  const secrets = await Promise.all(files.map((file) => readSecret(join(dataDir, file))));
  return new Map(secrets.map((secret) => [secret.name, secret]));
}

async function readSecret(file: string): Promise<Secret> {
  const text = await readFile(file, 'utf8');
  try {
    return secretShape.parse(JSON.parse(text));
  } catch {
    // Without the parser's message: it quotes what it read.
    throw new Error(`${file} does not hold a secret`);
  }
}

/** Written beside and renamed, so that a crash leaves the old file or the new one. */
async function store(dataDir: string, secret: Secret): Promise<void> {
  const file = join(dataDir, `${encodeURIComponent(secret.name)}.json`);
  await writeFile(`${file}.new`, JSON.stringify(secret), { mode: 0o600 });
  await rename(`${file}.new`, file);
}
