/** The workflow's own steps, run as GitHub runs them: each a bash script, one after the other, with the job's environment. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { operated } from '../e2e/operator.ts';
import { url } from '../e2e/support.ts';
import { type GitHubOidc, startGitHubOidc } from './github-oidc.ts';

interface Workflow {
  permissions: Record<string, string>;
  env: Record<string, string>;
  defaults: { run: { shell: string } };
  jobs: Record<string, { steps: { name: string; run: string }[] }>;
}

const text = readFileSync(new URL('../../examples/github-actions/deploy.yml', import.meta.url), 'utf8');
const workflow = parse(text) as Workflow;

describe('examples/github-actions', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-actions-'));
  const id = randomUUID();
  const issuer = `https://ghe-${id}.example.com/_services/token`;
  const job = {
    iss: issuer,
    sub: 'repo:acme/shop:ref:refs/heads/main',
    ...{ repository: 'acme/shop', repository_id: '739201155', ref: 'refs/heads/main', event_name: 'push' },
  };
  let github: GitHubOidc;

  beforeAll(async () => {
    github = await startGitHubOidc(job);
    const clientId = `ci-${id}`;
    const grants = ['urn:ietf:params:oauth:grant-type:jwt-bearer'];
    await operated('POST /admin/clients', {
      ...{ client_id: clientId, client_name: 'CI of the shop', scope: 'read:products', grant_types: grants },
    });
    await operated('PUT /admin/issuers', {
      ...{ issuer, jwks: { keys: [github.jwk] }, algorithms: ['RS256'], single_use: true },
      mappings: [
        {
          match: { repository_id: '739201155', ref: 'refs/heads/main', event_name: 'push' },
          ...{ client_id: clientId, subject: 'github:{repository}', scope: 'read:products' },
        },
      ],
    });
  });

  afterAll(async () => {
    await github.close();
    rmSync(folder, { recursive: true });
  });

  /** @returns what all steps wrote; the first that fails ends the job */
  async function run(environment: Record<string, string>): Promise<{ code: number | null; output: string }> {
    const variables = join(folder, randomUUID());
    writeFileSync(variables, '');
    const ended = { code: 0 as number | null, output: '' };
    for (const { run } of Object.values(workflow.jobs).flatMap(({ steps }) => steps)) {
      const kept = Object.fromEntries(
        readFileSync(variables, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => line.split(/=(.*)/s)),
      );
      const env = {
        ...{ PATH: process.env.PATH ?? '', GITHUB_ENV: variables },
        ...{ ...workflow.env, ...environment, ...kept },
      };
      const { code, output } = await bash(run, env);
      ended.output += output;
      ended.code = code;
      if (code !== 0) break;
    }
    return ended;
  }

  it('asks for the right to ask for its token, and names no secret', () => {
    expect(workflow.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
    expect(workflow.defaults.run.shell).toBe('bash');
    expect(text).not.toContain('secrets.');
  });

  it('gets a token for what GitHub says of the job, and calls the API', async () => {
    const { code, output } = await run({ API: url, ...github.environment });
    expect(code).toBe(0);
    expect(JSON.parse(output.slice(output.indexOf('{')))).toMatchObject({ name: 'lamp' });
  });

  it('shows no token that it has not masked before', async () => {
    const { output } = await run({ API: url, ...github.environment });
    const masked = [...output.matchAll(/^::add-mask::(.+)$/gm)].map(([, secret = '']) => secret);
    expect(masked).toHaveLength(2);
    const rest = output.replace(/^::add-mask::.+$/gm, '');
    for (const secret of masked) expect(rest).not.toContain(secret);
    expect(rest).not.toMatch(/eyJ[\w-]+\./);
  });

  it('ends where it gets none, without a call', async () => {
    const { code, output } = await run({
      ...{ API: url, ...github.environment, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of-another-job' },
    });
    expect(code).not.toBe(0);
    expect(output).not.toContain('::add-mask::');
  });
});

/** As GitHub starts a step with `shell: bash`. */
function bash(script: string, env: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  return new Promise((ended, failed) => {
    child.on('error', failed).on('close', (code) => ended({ code, output }));
  });
}
