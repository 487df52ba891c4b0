/** Tells when the sources have changed and come to rest. */
import { join } from 'node:path';
import { watch } from 'chokidar';

const WATCHED = ['bin', 'lib', 'lambdas', 'package.json'];

/** Milliseconds without another change. */
const REST = 200;

/**
 * @param more folders beside those of the project
 * @param changed is awaited before it is called again; changes meanwhile count as one
 * @returns what ends it
 */
export function watchSources(
  root: string,
  more: readonly string[],
  changed: () => Promise<void>,
): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  let again = false;
  const run = async () => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    await changed();
    running = false;
    if (again) {
      again = false;
      await run();
    }
  };
  const watcher = watch([...WATCHED.map((name) => join(root, name)), ...more], { ignoreInitial: true });
  watcher.on('all', () => {
    clearTimeout(timer);
    timer = setTimeout(run, REST);
  });
  return async () => {
    clearTimeout(timer);
    await watcher.close();
  };
}
