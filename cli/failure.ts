/** How the command can end. Scripts may rely on these numbers; `tollgate --help` lists them. */
export const EXIT = {
  done: 0,
  refused: 1,
  usage: 2,
  unreachable: 3,
  /** It was done, and what was looked for was found: what is wrong stands in the output. */
  found: 4,
} as const;

/** Why the command ends early: one line that says what happened, and one that says what to do next. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: number;
  readonly next: string;
  /** Whether the same may go well a moment later: the server was throttled, or a store of its did not answer. */
  readonly again: boolean;

  constructor(exitCode: number, what: string, next: string, options?: ErrorOptions & { again?: boolean }) {
    super(what, options);
    this.exitCode = exitCode;
    this.next = next;
    this.again = options?.again ?? false;
  }
}

/** @returns what an error says of itself, without the control characters that could rewrite a terminal. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const { code } = error as { code?: unknown };
  return printable(error.message || (typeof code === 'string' ? code : error.name));
}

/** @returns text of a server's as one line, without what controls a terminal or turns the text around it. */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ').trim();

/** The same of text that has lines and tabs of its own. */
export const printableLines = (text: string): string => text.replace(/[^\P{Cc}\n\t]|\p{Bidi_Control}/gu, ' ');
