// @ts-check
/**
 * Runs one function's bundle in a thread, as one instance of it: one event at a time. Plain JavaScript, because
 * a thread starts without the TypeScript loader that runs the rest.
 */
import { parentPort, workerData } from 'node:worker_threads';

/** @type {{ url: string, exportName: string, context: Record<string, unknown> }} */
const { url, exportName, context } = workerData;
const port = parentPort;
if (port === null) throw new Error('this file is the entry point of a thread');

/** @param {unknown} error */
const describe = (error) =>
  error instanceof Error ? `${error.name}: ${error.stack ?? error.message}` : String(error);

/** @type {(event: unknown, context: object) => unknown} */
let handler;
try {
  handler = (await import(url))[exportName];
  if (typeof handler !== 'function') throw new Error(`the bundle exports no function ${exportName}`);
  port.on('message', run);
  port.postMessage({ type: 'ready' });
} catch (error) {
  port.postMessage({ type: 'broken', reason: describe(error) });
}

/** @param {{ event: string, requestId: string, deadline: number }} invocation */
async function run({ event, requestId, deadline }) {
  try {
    const getRemainingTimeInMillis = () => Math.max(0, deadline - Date.now());
    const result = await handler(JSON.parse(event), {
      ...context,
      awsRequestId: requestId,
      getRemainingTimeInMillis,
    });
    port?.postMessage({ type: 'result', json: JSON.stringify(result ?? null) });
  } catch (error) {
    port?.postMessage({ type: 'failure', reason: describe(error) });
  }
}
