/**
 * One request of the comparison, as data. What differs from target to target stands in it as a placeholder, such
 * as `{{token.reader}}`, so that a request can be generated from a seed, printed, and sent to both.
 */

export interface AbstractRequest {
  /** What it tries, for whoever reads a difference. */
  name: string;
  method: string;
  /** As it goes into the request line, with its query; nothing normalises it. */
  path: string;
  /** In order, a name may be there twice. */
  headers: readonly (readonly [name: string, value: string])[];
  body?: string;
  /** The body goes out in chunks, without a length. */
  chunked?: boolean;
  /** Signs it for the operator's routes (SigV4): `right`, or with a secret that is nobody's. */
  signed?: 'right' | 'wrong';
}

/** Requests that are sent one after the other, because an earlier one changes what a later one is answered. */
export type Scenario = readonly AbstractRequest[];

export type Secrets = Readonly<Record<string, string>>;

/**
 * @param text with placeholders, `{{name}}`
 * @returns the text with this target's values
 * @throws Error for a placeholder that the target has no value for
 */
export const fill = (text: string, secrets: Secrets): string =>
  text.replace(/\{\{([\w.-]+)\}\}/g, (_, name: string) => {
    const value = secrets[name];
    if (value === undefined) throw new Error(`there is no value for {{${name}}}`);
    return value;
  });

/** @returns the request in one line, without what is secret. */
export function describeRequest({ name, method, path, headers, body, signed }: AbstractRequest): string {
  const parts = headers.map(([header, value]) => `${header}: ${shorten(value)}`);
  if (signed !== undefined) parts.push(`signed: ${signed}`);
  if (body !== undefined) parts.push(`body: ${shorten(JSON.stringify(body))}`);
  return `${name}: ${method} ${shorten(path)} ${parts.map((part) => `[${part}]`).join(' ')}`.trimEnd();
}

const shorten = (text: string): string =>
  text.length <= 120 ? text : `${text.slice(0, 100)}… (${text.length} characters)`;
