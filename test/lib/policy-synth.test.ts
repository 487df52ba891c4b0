import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const app = `${JSON.stringify(process.execPath)} --import tsx test/lib/policy-broken-app.ts`;

describe('cdk synth of an app with the checks, and a finding', () => {
  let output = '';
  let code: number | undefined;
  let directory = '';

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tollgate-policy-'));
    const cdk = [join(root, 'node_modules/aws-cdk/bin/cdk'), 'synth', '--quiet', '--no-notices'];
    await new Promise<void>((resolve) => {
      const env = { ...process.env, CDK_DISABLE_CLI_TELEMETRY: 'true' };
      const child = execFile(
        process.execPath,
        [...cdk, '--app', app, '--output', directory],
        { cwd: root, env },
        (_, stdout, stderr) => {
          output = stdout + stderr;
          code = child.exitCode ?? undefined;
          resolve();
        },
      );
    });
  });

  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('fails', () => {
    expect(code).toBe(1);
  });

  it('says which rule, which construct, and what to do', () => {
    expect(output).toContain('Tollgate-RouteAccess');
    expect(output).toContain('Orders/Forgotten/Resource');
    expect(output).toContain('Nothing says who may call GET /health.');
    expect(output).toContain('Suggested fix: Give it an authorizer');
  });

  it('does not report what is acknowledged', () => {
    expect(output).not.toContain('GET /status');
  });
});
