/** Lines under which a function logs a record whole that it could not write. They are read, never guessed. */
import * as z from 'zod';

/** What the line's message is, and nothing else. */
export const UNBOOKED = 'TOLLGATE_UNBOOKED_CALL';

/** A record, as far as this side has to know it: what else is in it is the server's to judge. */
const lineShape = z.looseObject({
  message: z.literal(UNBOOKED),
  record: z.looseObject({
    requestId: z.string(),
    at: z.number(),
    sub: z.string(),
    jti: z.string(),
    price: z.number(),
  }),
  issued: z.looseObject({ jti: z.string() }).optional(),
});

export type Unbooked = Pick<z.output<typeof lineShape>, 'record' | 'issued'>;

/**
 * @returns what the line says; `unreadable` where it is one of them, but cut or damaged; `undefined` where it is any
 *   other line, also one that only quotes the marker
 */
export function parseUnbooked(line: string): Unbooked | 'unreadable' | undefined {
  if (!line.includes(UNBOOKED)) return undefined;
  const value = parseJson(line);
  if (value === undefined) return 'unreadable';
  if ((value as { message?: unknown }).message !== UNBOOKED) return undefined;
  const parsed = lineShape.safeParse(value);
  if (!parsed.success) return 'unreadable';
  const { record, issued } = parsed.data;
  return issued === undefined ? { record } : { record, issued };
}

/** With the text log format Lambda puts time, request and level before what the function wrote. */
function parseJson(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line.slice(Math.max(0, line.indexOf('{'))));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
