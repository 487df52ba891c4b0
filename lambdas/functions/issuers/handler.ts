/**
 * `/admin/issuers`: operators say whose tokens are trusted, and for what.
 */
import type { AuditWriter } from '../../domain/audit.ts';
import type { RoleReader } from '../../domain/roles.ts';
import { idleIn } from '../../domain/trust/idle-mapping.ts';
import { describeTrust, parseTrust } from '../../domain/trust/trust-registration.ts';
import type { TrustedIssuer, TrustRegistry } from '../../domain/trust/trusted-issuer.ts';
import { readJson } from '../../http/body.ts';
import { changedMeanwhile, entityTag, preconditionOf } from '../../http/entity-tag.ts';
import type { Handler, Response } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { type OperatorRequest, operatorRoutes, refused } from '../../http/operator.ts';
import { empty, json } from '../../http/respond.ts';
import { pageOf } from '../../http/whole-list.ts';
import { scopes } from '../../routes.ts';

export interface IssuersPorts {
  registry: TrustRegistry;
  /** Read anew: a role may have been set the moment before. */
  roles: RoleReader;
  log: Log;
  audit: AuditWriter;
}

/** Bytes of a record: 50 mappings fit, and a token that has to read it stays cheap. */
const MAX_RECORD = 64 * 1024;

type Serve = (ports: IssuersPorts, asked: OperatorRequest, own: string) => Promise<Response>;

/** @param own this deployment's `iss` */
export const issuersHandler = (ports: IssuersPorts, own: string): Handler =>
  operatorRoutes(
    { log: ports.log, audit: ports.audit, store: 'directory' },
    {
      'PUT /admin/issuers': (asked) => put(ports, asked, own),
      'GET /admin/issuers': (asked) => list(ports, asked, own),
      'DELETE /admin/issuers': (asked) => remove(ports, asked, own),
    },
  );

/** 201 for a new one, 200 for a changed one, with the record as it is kept, and `warnings` of what comes to nothing. */
const put: Serve = async ({ registry, roles: roleReader, log }, { request, fields, change }, own) => {
  const body = readJson(request, MAX_RECORD);
  if (!body.ok) return refused(body.failure.status, 'invalid_body', body.failure.reason);
  const roles = await roleReader();
  const terms = { scopes: Object.keys(scopes), roles: Object.keys(roles), issuer: own };
  const trusted = parseTrust(body.value, terms);
  if (!trusted.ok) return refused(400, trusted.failure.code, trusted.failure.detail);
  const named = clientsOf(trusted.value);
  const clients = await registry.clients(named);
  const missing = named.filter((id) => !clients.some(({ clientId }) => clientId === id));
  if (missing.length > 0) return refused(400, 'unknown_client', `There is no client ${missing.join(', ')}.`);
  const { issuer } = trusted.value;
  await change({ action: 'issuer.set', target: { issuer }, details: describeTrust(trusted.value) });
  const put = await registry.put(trusted.value, preconditionOf(request));
  if (put.outcome === 'changed_meanwhile') return changedMeanwhile(request);
  const status = put.outcome === 'created' ? 201 : 200;
  log.info(`trusted issuer ${put.outcome}`, { ...fields, issuer, status });
  const warnings = idleIn(trusted.value.mappings, clients, roles);
  const kept = { ...describeTrust(trusted.value), ...(warnings.length > 0 && { warnings }) };
  return json(status, kept, entityTag(put.revision));
};

/** Each has as `etag` what `If-Match` takes: there is no request for one alone. */
const list: Serve = async ({ registry }, { request }) => {
  const issuers = (await registry.list()).map((one) => ({
    name: one.issuer,
    shown: { ...describeTrust(one), ...entityTag(one.revision) },
  }));
  return pageOf(request, 'issuers', issuers, PAGE);
};

/** Records may be large, and an answer has 6 MB. */
const PAGE = { usual: 50, most: 80 };

/** 204, or 404 where it was not trusted anyway. */
const remove: Serve = async ({ registry, log }, { request, fields, change }) => {
  const issuer = request.queryStringParameters?.issuer ?? '';
  if (!ISSUER_PARAMETER.test(issuer)) {
    return refused(
      400,
      'invalid_issuer',
      'The parameter issuer has to be the exact name of a trusted issuer.',
    );
  }
  await change({ action: 'issuer.remove', target: { issuer } });
  const outcome = await registry.remove(issuer, preconditionOf(request));
  if (outcome === 'changed_meanwhile') return changedMeanwhile(request);
  const status = outcome === 'removed' ? 204 : 404;
  log.info(`trusted issuer ${outcome}`, { ...fields, issuer, status });
  return outcome === 'removed' ? empty(204) : refused(404, 'unknown_issuer', 'This issuer is not trusted.');
};

/** Whatever a record can be kept under. */
const ISSUER_PARAMETER = /^[\x21-\x7E]{1,255}$/;

const clientsOf = ({ mappings }: TrustedIssuer): string[] => [
  ...new Set(mappings.map(({ clientId }) => clientId)),
];
