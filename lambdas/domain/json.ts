/** JSON (RFC 8259) that others wrote, read to one meaning: what two parsers may read differently is refused. */
import { fail, ok, type Result } from './result.ts';

export type JsonFault = 'not_an_object' | 'repeated_member';

/** @returns the object or list that the text is; see {@link parseJsonObject} */
export function parseJsonStructure(text: string): Result<object, JsonFault> {
  const value = parse(text);
  if (typeof value !== 'object' || value === null) return fail('not_an_object');
  return membersOf(value) < membersWritten(text) ? fail('repeated_member') : ok(value);
}

/**
 * @returns the JSON object that the text is, or why it is refused: it is none, or it has a member twice in some depth.
 *   It throws for no text whatsoever.
 */
export function parseJsonObject(text: string): Result<Record<string, unknown>, JsonFault> {
  const value = parseJsonStructure(text);
  if (!value.ok) return value;
  return Array.isArray(value.value) ? fail('not_an_object') : ok(value.value as Record<string, unknown>);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A SyntaxError, or a RangeError where it is nested too deep for the stack. Both quote the text.
    return undefined;
  }
}

const JSON_STRING = /"(?:[^"\\]|\\.)*"/g;

/** In valid JSON every member has one colon outside of strings, and nothing else has one. */
const membersWritten = (json: string): number => json.replace(JSON_STRING, '').split(':').length - 1;

/** A loop and not a recursion: the depth is the sender's choice. */
function membersOf(value: object): number {
  let members = 0;
  const open: object[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const children: unknown[] = Object.values(next);
    if (!Array.isArray(next)) members += children.length;
    for (const child of children) if (typeof child === 'object' && child !== null) open.push(child);
  }
  return members;
}
