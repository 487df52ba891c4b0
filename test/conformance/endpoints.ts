/** All the OAuth endpoints over the same tables, and what every answer of theirs has to be. */
import { expect } from 'vitest';
import type { Response } from '../../lambdas/http/event.ts';
import type { EventOptions } from '../support/event.ts';
import { createHandedOver } from '../support/handed-over.ts';
import { introspection } from '../support/introspection.ts';
import { bodyOf } from '../support/token-service.ts';

export type Endpoints = Awaited<ReturnType<typeof createEndpoints>>;

export async function createEndpoints() {
  const service = await createHandedOver();
  return { ...service, introspect: introspection(service) };
}

type Parameters = Record<string, string> | string | Uint8Array;

/** @returns a form as the gateway hands it on; `parameters` may be text as it is sent, or the very bytes */
export function formOf(parameters: Parameters, headers: Record<string, string> = {}): EventOptions {
  const isRaw = typeof parameters === 'string' || parameters instanceof Uint8Array;
  const bytes = Buffer.from(isRaw ? parameters : new URLSearchParams(parameters).toString());
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  return { headers: { ...type, ...headers }, body: bytes.toString('base64'), base64: true };
}

/** RFC 6749 §5.2: the characters of `error` and `error_description`. */
const PRINTABLE = /^[\x20\x21\x23-\x5B\x5D-\x7E]+$/;

/** Expects an error as RFC 6749 §5.2 has it, kept by no cache. @returns its code */
export function expectError(response: Response, status = 400): string {
  expect(response.statusCode).toBe(status);
  expect(response.headers).toMatchObject({
    'content-type': 'application/json',
    'cache-control': 'no-store',
    pragma: 'no-cache',
  });
  const body = bodyOf(response);
  expect(body).toEqual({
    error: expect.stringMatching(PRINTABLE),
    error_description: expect.stringMatching(PRINTABLE),
  });
  return String(body.error);
}
