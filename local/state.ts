/** What a folder given by `--data` keeps from run to run. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DemoClients, demoClientsSchema } from './demo-clients.ts';

export interface State {
  /** Folder of the tables; in memory where absent. */
  tables: string | undefined;
  /** Folder of the secrets; in memory where absent. */
  secrets: string | undefined;
  /** What the demo clients log in with, where an earlier run has kept it. */
  clients: DemoClients | undefined;
  keepClients(clients: DemoClients): Promise<void>;
}

const inMemory: State = {
  tables: undefined,
  secrets: undefined,
  clients: undefined,
  keepClients: async () => {},
};

/**
 * @param folder by `--data`; nothing is kept where absent
 * @param fresh empties what the runner keeps there, and nothing else that may lie in the folder
 */
export async function openState(folder: string | undefined, fresh: boolean): Promise<State> {
  if (folder === undefined) return inMemory;
  const [tables, secrets, clients] = ['tables', 'secrets', 'clients.json'].map((name) => join(folder, name));
  if (tables === undefined || secrets === undefined || clients === undefined) return inMemory;
  if (fresh) {
    for (const path of [tables, secrets, clients]) await rm(path, { recursive: true, force: true });
  }
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return {
    tables,
    secrets,
    clients: await readClients(clients),
    keepClients: (kept) => writeFile(clients, JSON.stringify(kept), { mode: 0o600 }),
  };
}

async function readClients(file: string): Promise<DemoClients | undefined> {
  try {
    return demoClientsSchema.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}
