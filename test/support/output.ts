/** What the log really writes, line by line, instead of showing it. */
import { afterEach, beforeEach, vi } from 'vitest';

/** Catches everything that each test of the file writes to stdout and stderr. */
export function captureOutput() {
  let written: string[] = [];
  const catching = (chunk: string | Uint8Array) => {
    written.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
    return true;
  };
  beforeEach(() => {
    written = [];
    vi.spyOn(process.stdout, 'write').mockImplementation(catching);
    vi.spyOn(process.stderr, 'write').mockImplementation(catching);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  const text = () => written.join('');
  return {
    text,
    /** The JSON objects among the lines. */
    lines: (): Record<string, unknown>[] =>
      text()
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line)),
  };
}
