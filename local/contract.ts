/** The file that tells other programs how to reach a running gateway (`.tollgate/local.json`). */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import { demoClientsSchema } from './demo-clients.ts';

export const contractSchema = z.object({
  url: z.string(),
  clients: demoClientsSchema,
  /** The addresses of what is served beside, by the names of their stacks. */
  beside: z.record(z.string(), z.string()).optional(),
  aws: z.object({
    accessKeyId: z.string(),
    secretAccessKey: z.string(),
    region: z.string(),
    endpoints: z.object({ dynamodb: z.string(), secretsmanager: z.string(), eventbridge: z.string() }),
  }),
});

export type Contract = z.output<typeof contractSchema>;

/** Writes the file whole, readable by its owner alone. */
export async function writeContract(file: string, contract: Contract): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  // The mode counts only for a file that is new.
  await rm(file, { force: true });
  await writeFile(file, `${JSON.stringify(contract, undefined, 2)}\n`, { mode: 0o600 });
}

/** Removes the file, unless another runner has written it meanwhile. */
export async function removeContract(file: string, url: string): Promise<void> {
  const current = contractSchema.safeParse(await read(file));
  if (current.success && current.data.url === url) await rm(file, { force: true });
}

async function read(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}
