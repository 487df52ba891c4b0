/** `/admin/roles`: operators say what roles there are beside the declared ones, and what each amounts to. */
import type { AuditWriter } from '../../domain/audit.ts';
import { fail, ok, type Result } from '../../domain/result.ts';
import type { Revised, RevisedRecord } from '../../domain/revised.ts';
import {
  describeRoles,
  parseRoleSetting,
  ROLE,
  withoutRole,
  withRole,
} from '../../domain/role-registration.ts';
import type { Roles, RoleUser, RoleUsers } from '../../domain/roles.ts';
import { readJson } from '../../http/body.ts';
import { entityTag, unmet } from '../../http/entity-tag.ts';
import type { Handler, Request, Response } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { type OperatorRequest, operatorRoutes, refused } from '../../http/operator.ts';
import { empty, json } from '../../http/respond.ts';
import { roles as declared, scopes } from '../../routes.ts';
import { revise } from '../revise.ts';

export interface RolesPorts {
  record: RevisedRecord<Roles>;
  users: RoleUsers;
  log: Log;
  audit: AuditWriter;
}

type Serve = (ports: RolesPorts, asked: OperatorRequest) => Promise<Response>;

export const rolesHandler = (ports: RolesPorts): Handler =>
  operatorRoutes(
    { log: ports.log, audit: ports.audit, store: 'directory' },
    {
      'GET /admin/roles': (asked) => list(ports, asked),
      'PUT /admin/roles/{role}': (asked) => put(ports, asked),
      'DELETE /admin/roles/{role}': (asked) => remove(ports, asked),
    },
  );

const list: Serve = async ({ record }) => {
  const { value, revision } = await record.read();
  return json(200, { roles: describeRoles(declared, value) }, entityTag(revision));
};

/** 201 for a new one, 200 for a changed one: its scopes are those that are said. */
const put: Serve = async ({ record, log }, asked) => {
  const { request, fields } = asked;
  const role = roleIn(request);
  if (!ROLE.test(role)) return refused(400, 'invalid_role', NAMES);
  const body = readJson(request);
  if (!body.ok) return refused(body.failure.status, 'invalid_body', body.failure.reason);
  const setting = parseRoleSetting(body.value, Object.keys(scopes));
  if (!setting.ok) return refused(400, setting.failure.code, setting.failure.detail);
  if (Object.hasOwn(declared, role)) return isDeclared();
  const change = { action: 'role.set', target: { role }, details: { ...setting.value } };
  const done = await revise(record, asked, change, async (seen) => {
    const failed = unmetBy(request, seen, role);
    if (failed !== undefined) return fail(failed);
    const next = withRole(seen.value, role, setting.value);
    return next === undefined ? fail(refused(409, 'too_many_roles', TOO_MANY)) : ok(next);
  });
  if (!done.ok) return done.failure;
  const isNew = !Object.hasOwn(done.value.before, role);
  const status = isNew ? 201 : 200;
  log.info(`role ${isNew ? 'created' : 'changed'}`, { ...fields, role, status });
  return json(status, { role, ...setting.value, declared: false }, entityTag(done.value.revision));
};

/** 204, or 404 where there was none anyway; 409 where somebody has it, who would lose what it gives without a word. */
const remove: Serve = async ({ record, users, log }, asked) => {
  const { request, fields } = asked;
  const role = roleIn(request);
  if (!ROLE.test(role)) return refused(400, 'invalid_role', NAMES);
  const isShadowed = Object.hasOwn(declared, role);
  const change = { action: 'role.remove', target: { role } };
  const done = await revise(record, asked, change, async (seen): Promise<Result<Roles, Response>> => {
    const failed = unmetBy(request, seen, role);
    if (failed !== undefined) return fail(failed);
    if (!Object.hasOwn(seen.value, role)) {
      return fail(isShadowed ? isDeclared() : refused(404, 'unknown_role', 'There is no such role.'));
    }
    // One that the table of routes declares by now gives what it declares, with this one or without.
    const found = isShadowed ? [] : await users.find(role, MOST);
    return found.length > 0
      ? fail(refused(409, 'role_in_use', inUse(found)))
      : ok(withoutRole(seen.value, role));
  });
  if (!done.ok) return done.failure;
  log.info('role removed', { ...fields, role, status: 204 });
  return empty(204, entityTag(done.value.revision));
};

const roleIn = ({ pathParameters }: Request): string => pathParameters?.role ?? '';

/** All roles have one revision: that of the list. */
const unmetBy = (request: Request, { value, revision }: Revised<Roles>, role: string) =>
  unmet(request, revision, Object.hasOwn(value, role));

const isDeclared = (): Response =>
  refused(
    409,
    'role_declared',
    'The role is declared in routes.ts: change it there and deploy, or take another name.',
  );

/** How many users of a role are named. */
const MOST = 10;

function inUse(found: readonly RoleUser[]): string {
  const named = found
    .slice(0, MOST)
    .map(({ kind, id }) => `${kind === 'client' ? 'the client' : 'the trusted issuer'} ${id}`);
  const more = found.length >= MOST ? ', and perhaps others,' : '';
  return `${named.join(', ')}${more} ${found.length === 1 ? 'has' : 'have'} the role: take it away there first.`;
}

const NAMES = 'A role is named by a letter or digit, then letters, digits and . _ : -, 64 at most.';

const TOO_MANY =
  'All roles together would be too large: remove some, or give them fewer scopes and shorter descriptions.';
