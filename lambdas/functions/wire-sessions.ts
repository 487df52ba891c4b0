/** The wiring of sessions, for the index of every function that begins, continues or ends one. */
import { randomBytes } from 'node:crypto';
import { refreshTokens } from '../crypto/refresh-tokens.ts';
import type { TableAccess } from '../store/dynamodb.ts';
import { refreshFamilies } from '../store/refresh-families.ts';
import { type OpenSession, type SessionPorts, sessionOpener } from './sessions.ts';

export function wireSessions(directory: TableAccess): SessionPorts & { open: OpenSession } {
  const ports = { families: refreshFamilies(directory), tokens: refreshTokens, random: randomBytes };
  return { ...ports, open: sessionOpener(ports) };
}
