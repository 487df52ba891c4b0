/**
 * Hashes of secrets that came from another system. In the directory, in partitions of their own: a login replaces the
 * hash by a better one, and must not be able to write a client or credential.
 */
import * as z from 'zod/mini';
import type { Verifier } from '../../domain/client.ts';
import { integer, type Key, key, parse, text } from './item.ts';

export const verifierKey = (clientId: string, credentialId: string): Key => ({
  pk: key('VERIFIER', clientId),
  sk: key('CREDENTIAL', credentialId),
});

const verifierShape = z.object({
  clientId: text,
  credentialId: text,
  hash: text,
  createdAt: integer,
  replacedAt: z.optional(integer),
});

export const verifierItem = (verifier: Verifier) => ({
  ...verifierKey(verifier.clientId, verifier.credentialId),
  ...verifier,
});

export const parseVerifier = (item: unknown): Verifier => parse(verifierShape, item) as Verifier;
