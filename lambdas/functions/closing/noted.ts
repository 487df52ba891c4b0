/** Spares notes of who is active that were made before: in a month of calls each is made once, and not in each hour. */
import type { RollupWriter } from '../../domain/ledger/ports.ts';

/** As many as are remembered at once, about 20 MB; a note that is made again does no harm. */
const LIMIT = 100_000;

/** @returns the writer of a function's instance: it remembers the notes that it has made */
export function notingOnce<Writer extends RollupWriter>(writer: Writer): Writer {
  const noted = new Set<string>();
  return {
    ...writer,
    async noteActive(activity, month, member) {
      const note = JSON.stringify([month, member, activity]);
      if (noted.has(note)) return;
      await writer.noteActive(activity, month, member);
      if (noted.size >= LIMIT) noted.clear();
      noted.add(note);
    },
  };
}
