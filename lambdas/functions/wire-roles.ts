/** The wiring of roles, for the index of every function that has to know what they amount to. */
import { cached } from '../crypto/cached.ts';
import type { Clock } from '../domain/ports.ts';
import type { RoleReader } from '../domain/roles.ts';
import { roles } from '../routes.ts';
import type { TableAccess } from '../store/dynamodb.ts';
import { roleReader } from '../store/roles.ts';

const MINUTE = 60_000;

/**
 * For functions that issue tokens, or say what a client has. A change counts a minute later at the latest; while the
 * directory does not answer, what was read last goes on for ten.
 */
export const wireRoles = (directory: TableAccess, clock: Clock): RoleReader =>
  cached({ load: wireRolesNow(directory), clock, ttl: MINUTE, limit: 10 * MINUTE });

/** For operators' functions, which hear of a role that was set the moment before. */
export const wireRolesNow = (directory: TableAccess): RoleReader => roleReader(directory, roles);
