/** Where an export goes. A file has its name once it is whole: nothing half-done looks like it. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CommandFailure, EXIT, messageOf, printable } from '../failure.ts';

export interface Out {
  /** @returns whether anybody wants more: whoever reads a pipe may have seen enough */
  write(text: string): Promise<boolean>;
  /** All was written. */
  end(): Promise<void>;
  /** It will not be whole: what was written of it is taken away, as far as that goes. */
  discard(): Promise<void>;
}

/** @param file `-` for the standard output. @throws {CommandFailure} `usage`, where it cannot be written */
export const openOut = (file: string): Promise<Out> => (file === '-' ? standardOutput() : fileNamed(file));

async function fileNamed(file: string): Promise<Out> {
  const partial = join(dirname(file), `.${basename(file)}.${randomBytes(4).toString('hex')}.partial`);
  const attempt = async <Done>(act: () => Promise<Done>): Promise<Done> => {
    try {
      return await act();
    } catch (cause) {
      const what = `${printable(file)} cannot be written: ${messageOf(cause)}`;
      const next = 'Name a file in a folder that is there and has room.';
      throw new CommandFailure(EXIT.usage, what, next, { cause });
    }
  };
  const handle = await attempt(() => open(partial, 'wx'));
  return {
    async write(text) {
      await attempt(() => handle.write(text));
      return true;
    },
    async end() {
      await attempt(async () => {
        await handle.sync();
        await handle.close();
        await rename(partial, file);
      });
    },
    async discard() {
      await handle.close().catch(() => undefined);
      await rm(partial, { force: true });
    },
  };
}

async function standardOutput(): Promise<Out> {
  const { stdout } = process;
  let isOpen = true;
  const onError = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') throw error;
    isOpen = false;
  };
  stdout.on('error', onError);
  const done = async (): Promise<void> => void stdout.off('error', onError);
  return {
    async write(text) {
      if (isOpen && !stdout.write(text)) {
        await Promise.race([once(stdout, 'drain'), once(stdout, 'close')]).catch(() => undefined);
      }
      return isOpen;
    },
    end: done,
    discard: done,
  };
}
