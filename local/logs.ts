/** Where the functions' own output goes: one file of JSON lines per function. */
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface FunctionLogs {
  /** @returns what takes a function's lines. */
  of(functionName: string): (line: string) => void;
  close(): Promise<void>;
}

/**
 * @param folder is created where it is not there
 * @param echo gets each line as well
 */
export async function openLogs(
  folder: string,
  echo: ((functionName: string, line: string) => void) | undefined,
): Promise<FunctionLogs> {
  await mkdir(folder, { recursive: true });
  const files = new Map<string, WriteStream>();
  const open = (name: string): WriteStream => {
    const file = createWriteStream(join(folder, `${name}.log`), { flags: 'a', mode: 0o600 });
    files.set(name, file);
    return file;
  };
  return {
    of: (name) => (line) => {
      const text = isJson(line) ? line : JSON.stringify({ message: line });
      (files.get(name) ?? open(name)).write(`${text}\n`);
      echo?.(name, text);
    },
    close: async () => {
      await Promise.all([...files.values()].map((file) => new Promise((ended) => file.end(ended))));
    },
  };
}

function isJson(line: string): boolean {
  try {
    return typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}
