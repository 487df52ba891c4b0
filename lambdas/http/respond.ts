import type { Response } from './event.ts';

type Headers = Record<string, string>;

/** @returns a response with a JSON body that no cache may keep. */
export const json = (status: number, body: unknown, headers: Headers = {}): Response => ({
  statusCode: status,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  body: JSON.stringify(body),
});

/** @returns a response without a body. */
export const empty = (status: number, headers: Headers = {}): Response => ({
  statusCode: status,
  headers: { 'cache-control': 'no-store', ...headers },
});

/**
 * An error of a token endpoint (RFC 6749 §5.2), kept by no cache, not even one of HTTP/1.0.
 *
 * @param error the stable code
 * @param description a sentence for the client's developer; characters that the RFC does not allow become `?`
 */
export const oauthError = (
  status: number,
  error: string,
  description: string,
  headers: Headers = {},
): Response =>
  json(status, { error, error_description: printable(description) }, { pragma: 'no-cache', ...headers });

/** An error of a protected or operator route (RFC 9457). `code` is stable, `detail` a sentence. */
export interface Problem {
  status: number;
  code: string;
  title: string;
  detail: string;
}

/** @returns the problem as `application/problem+json`. */
export const problem = (problem: Problem, headers: Headers = {}): Response => ({
  ...json(problem.status, problem, headers),
  headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
});

/** @returns the text with what RFC 6749 §5.2 forbids in `error_description` replaced, and no longer than 300. */
export const printable = (text: string): string =>
  text.slice(0, 300).replace(/[^\x20\x21\x23-\x5B\x5D-\x7E]/g, '?');
