import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { afterEach, describe, expect, it } from 'vitest';

const { forbidden, options } = createRequire(import.meta.url)('../.dependency-cruiser.cjs');

/** One file that breaks a rule, the file it imports, and the rule's name. */
const offences: [file: string, imports: string, rule: string][] = [
  ['lambdas/domain/rule.ts', 'lambdas/store/ledger.ts', 'domain-is-pure'],
  ['lambdas/domain/rule.ts', 'node:fs', 'domain-does-no-io'],
  ['lambdas/store/ledger.ts', 'lambdas/http/respond.ts', 'adapters-know-the-domain-only'],
  ['lambdas/http/guard.ts', 'lambdas/store/ledger.ts', 'http-knows-domain-and-routes'],
  ['lambdas/functions/login/handler.ts', 'lambdas/store/directory.ts', 'handlers-know-ports-only'],
  ['lambdas/functions/login/handler.ts', 'lambdas/env.ts', 'handlers-know-ports-only'],
  [
    'lambdas/functions/login/index.ts',
    'lambdas/functions/usage/handler.ts',
    'functions-do-not-import-each-other',
  ],
  ['lambdas/routes.ts', 'lambdas/functions/login/index.ts', 'routes-are-data'],
  ['lib/api.ts', 'lambdas/domain/access.ts', 'lib-reads-routes-and-env'],
  ['local/gateway.ts', 'lambdas/routes.ts', 'local-reads-the-assembly'],
  ['cli/main.ts', 'local/gateway.ts', 'cli-speaks-http'],
  ['examples/mine/app.ts', 'lib/ledger.ts', 'examples-use-what-is-for-others'],
];

describe('who may import whom', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  it.each(offences)('%s may not import %s', async (file, imports, rule) => {
    const folder = mkdtempSync(join(tmpdir(), 'tollgate-imports-'));
    folders.push(folder);
    const isFile = !imports.startsWith('node:');
    const depth = '../'.repeat(file.split('/').length - 1) || './';
    write(folder, file, `import { x } from '${isFile ? depth + imports : imports}';\nexport const y = x;\n`);
    if (isFile) write(folder, imports, 'export const x = 1;\n');
    expect(await violations(folder)).toContain(rule);
  });
});

function write(folder: string, file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

async function violations(baseDir: string): Promise<string[]> {
  const { tsConfig: _, ...rest } = options;
  const { output } = await cruise(['.'], { ...rest, validate: true, ruleSet: { forbidden }, baseDir });
  return (output as ICruiseResult).summary.violations.map((violation) => violation.rule.name);
}
