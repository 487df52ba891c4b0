import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import type { Check } from '../../cli/doctor/check.ts';
import { itUnless } from './differences.ts';
import { login, reader, url } from './support.ts';

const COMMAND = fileURLToPath(new URL('../../bin/tollgate.mjs', import.meta.url));

itUnless('no-challenge', 'tollgate doctor finds nothing wrong', async () => {
  const env = { ...process.env, TOLLGATE_TOKEN: await login(reader.apiKey) };
  const args = [COMMAND, 'doctor', '--url', url, '--token', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  const { checks } = JSON.parse(stdout) as { checks: Check[] };
  const others = checks.filter(({ status }) => status !== 'ok');
  expect(others.map(({ id, status }) => `${id} ${status}`)).toEqual(['keys.age skipped']);
});
