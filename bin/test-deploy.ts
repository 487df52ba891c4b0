/**
 * `npm run test:deploy`: proves that this revision deploys. See docs/emulator.md.
 *
 * Exits with 0 if everything that was asserted holds, 77 if there is nothing to deploy to, 130 on Ctrl-C, 1 otherwise.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandFailed, endAll } from '../test/deploy/command.ts';
import { type Endpoint, NothingToDeployTo } from '../test/deploy/endpoint.ts';
import { Account } from '../test/deploy/leftovers.ts';
import { prove } from '../test/deploy/proof.ts';
import { Report } from '../test/deploy/report.ts';
import { reasons, summary, total } from '../test/deploy/summary.ts';

const SKIPPED = 77;
const LOG_LINES = 60;
const NOISE = /Lambda worker spawned/;

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const home = mkdtempSync(join(tmpdir(), 'tollgate-deploy-'));
// The emulator runs functions from below here, and what is below a package.json of ES modules, anybody's, is taken for one.
writeFileSync(join(home, 'package.json'), '{"type":"commonjs"}');
const report = new Report((line) => console.log(line), Date.now);
let target: { endpoint: Endpoint; stack: string } | undefined;

// Ctrl-C may arrive several times: by the terminal, and again from whoever has started this.
let ending: Promise<never> | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    ending ??= interrupted();
  });
}
process.exitCode = await main();

async function main(): Promise<number> {
  try {
    await prove({ root, home, report, opened: (endpoint, stack) => (target = { endpoint, stack }) });
  } catch (error) {
    if (error instanceof NothingToDeployTo) {
      console.error(`\nNot proven: ${error.message}. Exit code ${SKIPPED}.`);
      await end();
      return SKIPPED;
    }
    if (ending !== undefined) return ending;
    await explain(error);
  }
  await end();
  console.log(`\n${summary(report.results)}`);
  for (const [why, count] of reasons(report.results)) console.log(`${count} skipped: ${why}`);
  return total(report.results).failed ? 1 : 0;
}

async function explain(error: unknown): Promise<void> {
  if (error instanceof CommandFailed) console.error(`\n${tail(error.output)}`);
  if (target !== undefined) {
    const { endpoint, stack } = target;
    const events = await new Account(endpoint.env).failures(stack).catch(() => []);
    if (events.length > 0) console.error(`\nCloudFormation, ${stack}:\n${events.join('\n')}`);
    if (endpoint.log !== undefined) {
      console.error(`\nThe end of ${endpoint.log}:\n${tail(readFileSync(endpoint.log, 'utf8'))}`);
    }
  }
  console.error(`\n${error instanceof Error ? (error.stack ?? error.message) : error}`);
}

/** Nothing of this run goes on; what was written stays for reading only where something has failed. */
async function end(): Promise<void> {
  endAll();
  await target?.endpoint.stop();
  if (report.results.some(({ failed }) => failed) && target !== undefined) {
    rmSync(join(home, 'contract.json'), { force: true });
    console.error(`\nThe logs are in ${home}`);
    tellOfStack();
  } else {
    rmSync(home, { recursive: true, force: true });
  }
}

async function interrupted(): Promise<never> {
  endAll();
  await target?.endpoint.stop();
  rmSync(home, { recursive: true, force: true });
  tellOfStack();
  process.exit(130);
}

/** An endpoint of this run's own is gone with all it had; one that was given may still have the stack. */
function tellOfStack(): void {
  if (target === undefined || target.endpoint.log !== undefined) return;
  console.error(`The stack ${target.stack} may still be there, on ${target.endpoint.url}.`);
}

function tail(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !NOISE.test(line));
  return lines.slice(-LOG_LINES).join('\n');
}
