import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEndpoint } from './endpoint.ts';
import { Report } from './report.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A PATH with Node.js on it and no Python. */
let withoutPython: string;
let server: Server | undefined;
beforeEach(() => {
  withoutPython = mkdtempSync(join(tmpdir(), 'tollgate-path-'));
  symlinkSync(process.execPath, join(withoutPython, 'node'));
});
afterEach(async () => {
  rmSync(withoutPython, { recursive: true });
  await new Promise((closed) => (server === undefined ? closed(0) : server.close(closed)));
  server = undefined;
});

describe('npm run test:deploy', () => {
  it('is not green without a Python: it says so and ends with 77', async () => {
    const { code, output } = await testDeploy({});
    expect(output).toContain('Not proven: no Python 3.10 or newer');
    expect(code).toBe(77);
  });

  it('fails where nothing answers at AWS_ENDPOINT_URL', async () => {
    const { code, output } = await testDeploy({ AWS_ENDPOINT_URL: 'http://127.0.0.1:1' });
    expect(output).toMatch(/endpoint +│.*FAILED/);
    expect(code).toBe(1);
  });
});

describe('the endpoint', () => {
  const open = async (shell: NodeJS.ProcessEnv) => {
    const report = new Report(() => undefined, Date.now);
    const env = { PATH: withoutPython, ...shell };
    return report.phase('endpoint', (phase) => openEndpoint(phase, root, withoutPython, env));
  };

  it('is the one that AWS_ENDPOINT_URL names, with or without a Python', async () => {
    const url = await anEndpoint();
    const endpoint = await open({ AWS_ENDPOINT_URL: `${url}/` });
    expect(endpoint).toMatchObject({ url, isMiniStack: false });
    expect(endpoint.env).toMatchObject({ AWS_ENDPOINT_URL: url, AWS_ACCESS_KEY_ID: 'test' });
  });

  it("is reached with the shell's own keys, and with nothing else that the shell says of AWS", async () => {
    const { env } = await open({
      AWS_ENDPOINT_URL: await anEndpoint(),
      AWS_ACCESS_KEY_ID: 'mine',
      AWS_SECRET_ACCESS_KEY: 'mine too',
      AWS_PROFILE: 'production',
      AWS_ENDPOINT_URL_DYNAMODB: 'https://dynamodb.eu-central-1.amazonaws.com',
    });
    expect(env).toMatchObject({ AWS_ACCESS_KEY_ID: 'mine', AWS_SECRET_ACCESS_KEY: 'mine too' });
    expect(env).not.toHaveProperty('AWS_PROFILE');
    expect(env).not.toHaveProperty('AWS_ENDPOINT_URL_DYNAMODB');
  });
});

/** Answers everything, and is no MiniStack. */
async function anEndpoint(): Promise<string> {
  server = createServer((_, response) => response.writeHead(501).end());
  await new Promise<void>((listening) => server?.listen(0, '127.0.0.1', listening));
  const address = server.address();
  return typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : '';
}

function testDeploy(env: NodeJS.ProcessEnv): Promise<{ code: number; output: string }> {
  const command = ['--import', 'tsx', 'bin/test-deploy.ts'];
  return new Promise((ended) => {
    const child = execFile(
      process.execPath,
      command,
      { cwd: root, env: { PATH: withoutPython, ...env } },
      (_, stdout, stderr) => ended({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}
