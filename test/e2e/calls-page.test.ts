/** What docs/calls.md says to copy is run as it stands there: in a shell, by Node.js and by Python. */
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { reader, url } from './support.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(`${root}docs/calls.md`, 'utf8');
const environment = {
  ...process.env,
  URL: url,
  CLIENT_ID: reader.clientId,
  CLIENT_SECRET: reader.clientSecret,
};

/** The examples of a language that use the API, as they stand on the page. */
const examples = (language: string): string[] =>
  [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)]
    .filter(([, tag, code = '']) => tag === language && code.includes('/products/lamp'))
    .map(([, , code = '']) => code);

const output = async (command: string, ...parameters: string[]): Promise<string> =>
  (await run(command, parameters, { cwd: root, env: environment })).stdout;

describe('docs/calls.md', () => {
  it('curl: a token, a call, active, revoked, refused', async () => {
    const [script = ''] = examples('sh');
    const text = await output('sh', '-c', script);
    expect(text.match(/(?<=HTTP\/1\.1 )\d+/g)).toEqual(['200', '200', '200', '401']);
    expect(text).toContain('"active":true');
  });

  it.each(examples('js').map((script, index) => [index === 0 ? 'openid-client' : 'fetch', script]))(
    'Node.js with %s',
    async (_, script) => {
      expect(await output(process.execPath, '--input-type=module', '--eval', script)).toBe(
        '200\ntrue\n401\n',
      );
    },
  );

  const hasPython = spawnSync('python3', ['--version']).status === 0;
  const python = hasPython ? examples('python') : [];
  it.each(python.map((script) => [script]))('Python', async (script) => {
    expect(await output('python3', '-c', script)).toBe('200\nTrue\n401\n');
  });
});
