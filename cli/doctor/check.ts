/** What the doctor finds: one {@link Check} for each question that it asks. */
import { printable } from '../failure.ts';

export type Status = 'ok' | 'warning' | 'failed' | 'skipped';

export interface Check {
  /** The part of the deployment that it is about; checks of one group follow each other. */
  group: string;
  /** Stable, such as `keys.public`. */
  id: string;
  status: Status;
  /** One sentence. What a server said has to go through `printable` or `quoted` before it gets here. */
  says: string;
  /** What to do about it, for whatever is not ok. */
  next?: string;
}

/** The four ways in which a check of one group can end. */
export interface Verdicts {
  ok(id: string, says: string): Check;
  warning(id: string, says: string, next: string): Check;
  failed(id: string, says: string, next: string): Check;
  skipped(id: string, says: string, next: string): Check;
}

/** @returns what makes the checks of a group. */
export const verdicts = (group: string): Verdicts => {
  const ended = (status: Status) => (id: string, says: string, next: string) => ({
    group,
    id,
    status,
    says,
    next,
  });
  return {
    ok: (id, says) => ({ group, id, status: 'ok', says }),
    warning: ended('warning'),
    failed: ended('failed'),
    skipped: ended('skipped'),
  };
};

/** @returns the first few of a list, and how many there are besides, as part of a sentence. */
export function few(items: readonly string[], most = 5): string {
  const more = items.length - most;
  return more > 0 ? `${items.slice(0, most).join(', ')} and ${more} more` : items.join(', ');
}

/** @returns what a server said, short, on one line and in quotation marks. */
export function quoted(value: unknown): string {
  const text = printable(typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing'));
  return `"${text.length > 80 ? `${text.slice(0, 80)}…` : text}"`;
}
