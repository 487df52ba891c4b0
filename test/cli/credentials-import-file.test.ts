/** The file of an import and the way there: what it may be written with, and what there is between here and the server. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ImportedClient } from '../../cli/import/entry.ts';
import { type OperatorApi, operator, startOperatorApi } from './operator-api.ts';
import { type Workplace, workplace } from './tollgate.ts';

let api: OperatorApi;
let place: Workplace;
beforeAll(async () => {
  [api, place] = await Promise.all([startOperatorApi(), workplace()]);
});
beforeEach(async () => {
  api.take();
  api.serve(creating);
  await place.local({ url: api.url, clients: {}, aws: { ...operator, endpoints: {} } });
});
afterAll(() => Promise.all([api.close(), place.remove()]));

async function creating({ body }: { body: string }) {
  const { clients } = JSON.parse(body) as { clients: ImportedClient[] };
  return { status: 200, body: { results: clients.map(() => ({ outcome: 'created' })) } };
}

let files = 0;
const write = async (content: string | Buffer): Promise<string> => {
  const name = `import-${++files}`;
  await writeFile(join(place.folder, name), content);
  return name;
};
const run = (from: string, file: string, ...more: string[]) =>
  place.runHere(['credentials', 'import', file, '--from', from, '--local', '--json', ...more]);
/** What was sent since the last call, of all requests together. */
const sent = (): ImportedClient[] => api.take().flatMap(({ body }) => JSON.parse(body).clients);

const HEAD = 'client_id,client_name,kind,scope,roles,tenant,allowed_claims,token_lifetime,secret_hash,secret';
const row = (id: string, more = ',,,,,,,,') => `${id},${id} & Co${more}`;

describe('tollgate credentials import: 2, and nothing is sent', () => {
  const utf16 = (text: string) => Buffer.from(text, 'utf16le');
  it.each<[what: string, from: string, content: string | Buffer, says: RegExp]>([
    ['an empty file', 'csv', '', /there is nothing in it/],
    ['a head alone', 'csv', HEAD, /There is no client in/],
    ['a head without ids', 'csv', 'client_name\nShop', /line 1: the head[\s\S]*client_id has to be among/],
    ['an unknown column', 'csv', 'client_id,password\na,b', /line 1: the head/],
    ['a row that was cut', 'csv', `${HEAD}\n${row('a')}\nb,B`, /line 3: the row has other columns/],
    ['a quote that never ends', 'csv', `${HEAD}\n${row('a')}\n"b,B\n`, /a quote begins .* never ends/],
    [
      'JSON that was cut',
      'keycloak',
      '{"clients": [\n{"clientId": "a"},\n{"clie',
      /line 3: here it ends in the middle/,
    ],
    ['JSON with a slip', 'auth0', '[\n{"client_id": "a"},\n{"client_id" "b"}]', /line 3: here it is no JSON/],
    ['no JSON at all', 'cognito', 'ClientId,Secret', /line 1: here it is no JSON/],
    [
      'Latin-1',
      'csv',
      Buffer.from(`${HEAD}\n${row('a')}\nb,Caf\xe9,,,,,,,,\n`, 'latin1'),
      /line 3: it is not UTF-8/,
    ],
    ['UTF-16 without its mark', 'csv', utf16(`${HEAD}\n`), /line 1: it is no text[\s\S]*UTF-8/],
  ])('%s', async (_, from, content, says) => {
    const { code, stdout, stderr } = await run(from, await write(content));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
    expect(api.take()).toEqual([]);
  });

  it.each([
    ['no such file', ['nowhere.csv', '--from', 'csv'], /nowhere\.csv cannot be read/],
    ['an unknown system', ['x', '--from', 'okta'], /cognito, auth0, keycloak, csv/],
    ['no system', ['x'], /--from <system>/],
    ['a scope that leads nowhere', ['x', '--from', 'csv', '--map-scope', 'a'], /<old>=<new>/],
  ])('%s', async (_, args, says) => {
    const { code, stderr } = await place.runHere(['credentials', 'import', ...args, '--local']);
    expect(code).toBe(2);
    expect(stderr).toMatch(says);
  });
});

describe('tollgate credentials import, in any encoding', () => {
  const text = `${HEAD}\n`.concat('enc-ID,Café ☕,,,,,,,,\n');
  it.each<[string, Buffer]>([
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16, little end first', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16, big end first', Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
    ['semicolons', Buffer.from(text.replaceAll(',', ';'))],
  ])('%s', async (_, content) => {
    const { code } = await run('csv', await write(content), '--dry-run');
    expect(code).toBe(0);
    expect(sent()).toEqual([{ client_id: 'enc-ID', client_name: 'Café ☕' }]);
  });
});

describe('tollgate credentials import: 1 and 3', () => {
  it('1: says what the server refused', async () => {
    api.serve(async () => ({ status: 403, body: { message: 'Forbidden' } }));
    const { code, stderr } = await run('csv', await write(`${HEAD}\n${row('a')}`));
    expect(code).toBe(1);
    expect(stderr).toMatch(/403[\s\S]*execute-api:Invoke on POST \/admin\/imports/);
  });

  it('3: fails at once where nobody answers', async () => {
    await place.local({ url: 'http://127.0.0.1:9', aws: operator });
    const { code } = await run('csv', await write(`${HEAD}\n${row('a')}`));
    expect(code).toBe(3);
  });
});

describe('tollgate credentials import, over a bad connection', () => {
  it('goes on where the connection drops', async () => {
    let requests = 0;
    const server = createServer(async (request, response) => {
      const body = (await request.toArray()).join('');
      if (++requests === 2) request.socket.destroy();
      else response.end(JSON.stringify((await creating({ body })).body));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await place.local({ url: `http://127.0.0.1:${port}`, aws: operator });
    const rows = Array.from({ length: 510 }, (_, at) => row(`drop-${at}`));
    const { code, stdout } = await run('csv', await write([HEAD, ...rows].join('\n')));
    server.close();
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, read: 510, not_taken: 0 });
    expect(requests).toBe(7);
  });

  it('goes on where the server is throttled', async () => {
    const answers = ['ok', 503, 'ok'];
    api.serve(async (request) => {
      const next = answers.shift();
      return typeof next === 'number'
        ? { status: next, body: { code: 'directory_unavailable' } }
        : creating(request);
    });
    const rows = Array.from({ length: 110 }, (_, at) => row(`again-${at}`));
    const { code, stdout } = await run('csv', await write([HEAD, ...rows].join('\n')));
    expect({ code, created: JSON.parse(stdout).created }).toEqual({ code: 0, created: 110 });
  });
});
