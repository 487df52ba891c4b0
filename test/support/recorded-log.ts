/** A log that keeps its lines in place of writing them, each after the name of what wrote it. */
import type { Log } from '../../lambdas/http/log.ts';

/** @param lines where they go */
export const recordedLog = (lines: unknown[][]): Log => ({
  info: (...line) => lines.push(['info', ...line]),
  warn: (...line) => lines.push(['warn', ...line]),
  error: (...line) => lines.push(['error', ...line]),
  unbooked: (...line) => lines.push(['unbooked', ...line]),
  count: (metric) => lines.push(['count', metric]),
  measure: (...line) => lines.push(['measure', ...line]),
});
