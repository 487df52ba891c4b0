import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createFunction, type LambdaFunction } from '../../local/function-pool.ts';
import type { FunctionConfig } from '../../local/functions.ts';

let folder: string;
let bundles = 0;
const started: LambdaFunction[] = [];
const lines: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tollgate-functions-'));
});

afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.close()));
  lines.length = 0;
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Starts a function whose bundle has this text. */
async function functionOf(bundle: string, config: Partial<FunctionConfig> = {}): Promise<LambdaFunction> {
  bundles += 1;
  const file = join(folder, `bundle-${bundles}.mjs`);
  await writeFile(file, bundle);
  const created = createFunction(
    {
      name: 'fn',
      arn: 'arn:aws:lambda:us-east-1:123456789012:function:fn',
      bundle: pathToFileURL(file).href,
      exportName: 'handler',
      credentials: { accessKeyId: 'LOCAL', secretAccessKey: 'of-this-test' },
      environment: {},
      timeout: 2000,
      memory: 128,
      concurrency: 4,
      ...config,
    },
    (line) => lines.push(line),
  );
  started.push(created);
  return created;
}

const environmentBundle = 'export const handler = async () => ({ ...process.env })';

describe('a function', () => {
  it('gets its event and context, and its result comes back', async () => {
    const echo = await functionOf(
      `export const handler = async (event, context) => ({ event, id: context.awsRequestId,
        name: context.functionName, time: context.getRemainingTimeInMillis() })`,
    );
    expect(await echo.invoke({ a: [1] }, 'request-1')).toEqual({
      ok: true,
      value: { event: { a: [1] }, id: 'request-1', name: 'fn', time: expect.any(Number) },
    });
  });

  it('sees its own environment and nothing of the process or of another function', async () => {
    const one = await functionOf(environmentBundle, { environment: { ONE: '1' } });
    const other = await functionOf(environmentBundle, { environment: { OTHER: '2' } });
    expect(await one.invoke({}, '1')).toEqual({ ok: true, value: { ONE: '1' } });
    expect(await other.invoke({}, '2')).toEqual({ ok: true, value: { OTHER: '2' } });
    expect(process.env).not.toHaveProperty('ONE');
  });

  it('shares no globals with another instance or with the runner', async () => {
    const counter = await functionOf(
      'export const handler = async () => { globalThis.count = (globalThis.count ?? 0) + 1; return globalThis.count }',
    );
    expect(await counter.invoke({}, '1')).toEqual({ ok: true, value: 1 });
    expect(await counter.invoke({}, '2')).toEqual({ ok: true, value: 2 });
    expect(globalThis).not.toHaveProperty('count');
  });

  it('takes one event at a time per instance, and more instances only up to its bound', async () => {
    const busy = await functionOf(
      `let running = 0; let most = 0; const id = Math.random();
       export const handler = async () => { running++; most = Math.max(most, running);
         await new Promise((done) => setTimeout(done, 30)); running--; return { id, most } }`,
      { concurrency: 2 },
    );
    const outcomes = await Promise.all(Array.from({ length: 8 }, (_, at) => busy.invoke({}, String(at))));
    const values = outcomes.map((one) => (one.ok ? one.value : undefined)) as { id: number; most: number }[];
    expect(values.map(({ most }) => most)).toEqual(Array(8).fill(1));
    expect(new Set(values.map(({ id }) => id)).size).toBe(2);
  });

  it('writes its output to its log, line by line', async () => {
    const talkative = await functionOf(
      `export const handler = async () => { console.log('one\\ntwo'); console.error('three'); return 1 }`,
    );
    await talkative.invoke({}, '1');
    await expect.poll(() => [...lines].sort()).toEqual(['one', 'three', 'two']);
  });
});

describe('an invocation fails', () => {
  const failure = (kind: string) => ({ ok: false, kind, reason: expect.any(String) });

  it('where the handler throws, and the instance goes on', async () => {
    const picky = await functionOf(
      `let count = 0; export const handler = async ({ bad }) => { count++; if (bad) throw new Error('no'); return count }`,
    );
    expect(await picky.invoke({ bad: true }, '1')).toEqual(failure('error'));
    expect(await picky.invoke({}, '2')).toEqual({ ok: true, value: 2 });
  });

  it('where it takes longer than the timeout of the template, also in a loop that never yields', async () => {
    const endless = await functionOf(
      `let count = 0; export const handler = async ({ loop }) => { count++; while (loop); return count }`,
      { timeout: 200 },
    );
    expect(await endless.invoke({ loop: true }, '1')).toEqual(failure('timeout'));
    expect(await endless.invoke({}, '2')).toEqual({ ok: true, value: 1 });
  });

  it('where the function ends its process or throws outside of the handler', async () => {
    const exiting = await functionOf('export const handler = async () => process.exit(1)');
    expect(await exiting.invoke({}, '1')).toEqual(failure('crash'));
    const throwing = await functionOf(
      `export const handler = () => new Promise(() => setTimeout(() => { throw new Error('x') }))`,
    );
    expect(await throwing.invoke({}, '1')).toEqual(failure('crash'));
  });

  it('where it takes more memory than the template gives', async () => {
    const greedy = await functionOf(
      'export const handler = async () => { const all = []; for (;;) all.push(new Array(1e5).fill({})) }',
      { memory: 32, timeout: 10_000 },
    );
    expect(await greedy.invoke({}, '1')).toEqual(failure('crash'));
  });

  it.each([
    ['has a syntax error', 'export const handler = ('],
    ['throws while it loads', 'throw new Error("no configuration")'],
    ['exports no such handler', 'export const other = async () => 1'],
  ])('where the bundle %s', async (_, bundle) => {
    const broken = await functionOf(bundle);
    expect(await broken.invoke({}, '1')).toEqual(failure('init'));
    expect(await broken.invoke({}, '2')).toEqual(failure('init'));
  });

  it('where there is no bundle', async () => {
    const missing = await functionOf('', { bundle: 'file:///nowhere/index.mjs' });
    expect(await missing.invoke({}, '1')).toEqual(failure('init'));
  });

  it('where the runner closes meanwhile', async () => {
    const endless = await functionOf('export const handler = () => new Promise(() => {})', {
      concurrency: 1,
    });
    const outcomes = [endless.invoke({}, '1'), endless.invoke({}, '2')];
    await new Promise((later) => setTimeout(later, 50));
    await endless.close();
    expect(await Promise.all(outcomes)).toEqual([failure('crash'), failure('crash')]);
  });
});

describe('a function that was replaced', () => {
  it('ends what it has begun', async () => {
    const slow = await functionOf(
      'export const handler = () => new Promise((done) => setTimeout(done, 100, "done"))',
    );
    const outcome = slow.invoke({}, '1');
    await slow.retire();
    expect(await outcome).toEqual({ ok: true, value: 'done' });
  });
});
