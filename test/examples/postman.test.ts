/** The collection as newman runs it, with the environment file filled in for the local runner. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { operator, url, writer } from '../e2e/support.ts';

const folder = new URL('../../examples/postman/', import.meta.url);
const collection = fileURLToPath(new URL('tollgate.postman_collection.json', folder));
const environment = JSON.parse(
  readFileSync(new URL('tollgate.postman_environment.json', folder), 'utf8'),
) as {
  values: { key: string; value: string; type: string }[];
};
const require = createRequire(import.meta.url);
const newman = require.resolve('newman/bin/newman.js');

interface Report {
  run: {
    stats: { requests: { total: number }; assertions: { total: number } };
    failures: { source: { name: string }; error: { message: string } }[];
  };
}

describe('examples/postman', () => {
  const home = mkdtempSync(join(tmpdir(), 'tollgate-postman-'));
  afterAll(() => rmSync(home, { recursive: true }));

  it('keeps no secret in its files', () => {
    expect(environment.values.filter(({ type, value }) => type === 'secret' && value !== '')).toEqual([]);
    expect(readFileSync(collection, 'utf8')).not.toMatch(/tgs?r?_[0-9A-Za-z]|eyJ[\w-]{8}/);
  });

  it('holds, request for request', { timeout: 60_000 }, async () => {
    const values: Record<string, string | undefined> = {
      URL: url,
      CLIENT_ID: writer.clientId,
      CLIENT_SECRET: writer.clientSecret,
      API_KEY: writer.apiKey,
      AWS_ACCESS_KEY_ID: operator?.accessKeyId,
      AWS_SECRET_ACCESS_KEY: operator?.secretAccessKey,
      AWS_REGION: operator?.region,
    };
    const filled = environment.values.map((one) => ({ ...one, value: values[one.key] ?? one.value }));
    writeFileSync(join(home, 'environment.json'), JSON.stringify({ ...environment, values: filled }));
    const report = join(home, 'report.json');
    const options = ['-e', join(home, 'environment.json'), '-r', 'json', '--reporter-json-export', report];
    // It ends with 1 where an assertion fails; the report says which.
    await new Promise((ended) => execFile(process.execPath, [newman, 'run', collection, ...options], ended));
    const { run } = JSON.parse(readFileSync(report, 'utf8')) as Report;
    expect(run.failures.map(({ source, error }) => `${source.name}: ${error.message}`)).toEqual([]);
    const { item } = JSON.parse(readFileSync(collection, 'utf8')) as { item: { item: unknown[] }[] };
    expect(run.stats.requests.total).toBe(item.flatMap(({ item }) => item).length);
    expect(run.stats.assertions.total).toBeGreaterThan(run.stats.requests.total);
  });
});
