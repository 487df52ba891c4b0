/** The engine, in a process of its own: its memory and its garbage are not those of what is measured. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';
import { type Load, load } from './bulk.ts';
import { createTableAt } from './table.ts';

export type Asked = { kind: 'serve' } | { kind: 'load'; load: Load };

const [path = '', table = ''] = process.argv.slice(2);
let server: Server | undefined;
let endpoint = '';

process.on('message', async (asked: Asked) => {
  try {
    process.send?.({ answer: asked.kind === 'serve' ? await serve() : await fill(asked.load) });
  } catch (error) {
    process.send?.({ failed: String(error) });
  }
});

async function serve(): Promise<string> {
  if (server !== undefined) return endpoint;
  const engine = dynalite({ path, createTableMs: 0 });
  await new Promise<void>((listening) => engine.listen(0, '127.0.0.1', listening));
  server = engine;
  endpoint = `http://127.0.0.1:${(engine.address() as AddressInfo).port}`;
  await createTableAt(endpoint, table);
  return endpoint;
}

/** Between serving and filling the engine's files are closed: only one can have them open. */
async function fill(what: Load) {
  const serving = server;
  serving?.closeAllConnections();
  if (serving !== undefined) await new Promise((closed) => serving.close(closed));
  server = undefined;
  return load(path, table, what);
}
