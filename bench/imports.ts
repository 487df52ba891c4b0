/**
 * A large file through a small heap: the command itself reads, hashes and sends it, to a server that only says
 * `created`. That it ends at all is the result: a file kept in memory would not fit. Beside it a file of a hundredth.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Row } from './rates.ts';

const SIZES = [2_000, 200_000];
const HEAP_MB = 64;

export async function benchImports(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-bench-'));
  const server = createServer(async (request, response) => {
    const { clients } = JSON.parse((await request.toArray()).join('')) as { clients: unknown[] };
    response.end(JSON.stringify({ results: clients.map(() => ({ outcome: 'created' })) }));
  }).listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    await announce(folder, (server.address() as AddressInfo).port);
    const rows: Row[] = [];
    for (const clients of SIZES) {
      const seconds = await importFile(folder, clients);
      rows.push({ clients, 'heap, MB': HEAP_MB, 'clients a second': Math.round(clients / seconds) });
    }
    return rows;
  } finally {
    server.close();
    await rm(folder, { recursive: true });
  }
}

async function announce(folder: string, port: number): Promise<void> {
  await mkdir(join(folder, '.tollgate'));
  const aws = { accessKeyId: 'bench', secretAccessKey: 'bench', region: 'us-east-1' };
  const target = { url: `http://127.0.0.1:${port}`, aws };
  await writeFile(join(folder, '.tollgate', 'local.json'), JSON.stringify(target));
}

/** @returns seconds. @throws Error where the command did not get through */
async function importFile(folder: string, clients: number): Promise<number> {
  const file = createWriteStream(join(folder, 'clients.csv'));
  file.write('client_id,client_name,secret\n');
  for (let at = 0; at < clients; at++) {
    const row = `client-${at},Client ${at},${randomBytes(24).toString('hex')}\n`;
    if (!file.write(row)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
  const command = ['credentials', 'import', 'clients.csv', '--from', 'csv', '--local', '--json'];
  const heap = `--max-old-space-size=${HEAP_MB}`;
  const start = performance.now();
  const child = spawn(process.execPath, [heap, resolve('bin/tollgate.mjs'), ...command], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`importing ${clients} clients ended with ${code}`);
  return (performance.now() - start) / 1000;
}
