/** The operators' routes of clients and credentials, over real tables. */
import { randomBytes, randomUUID } from 'node:crypto';
import { hashPassword, hashSecret } from '../../lambdas/crypto/credentials.ts';
import { derivedRandom, requestOf } from '../../lambdas/crypto/derived-random.ts';
import { type ClientsPorts, clientsHandler } from '../../lambdas/functions/clients/handler.ts';
import type { Handler, Request } from '../../lambdas/http/event.ts';
import type { Log } from '../../lambdas/http/log.ts';
import { roles } from '../../lambdas/routes.ts';
import { auditWriter } from '../../lambdas/store/audit.ts';
import { clientRegistry } from '../../lambdas/store/client-registry.ts';
import { clientRemoval } from '../../lambdas/store/client-removal.ts';
import { clientUses } from '../../lambdas/store/client-uses.ts';
import { credentialRegistry } from '../../lambdas/store/credential-registry.ts';
import type { TableAccess } from '../../lambdas/store/dynamodb.ts';
import { idempotencyLog } from '../../lambdas/store/idempotency.ts';
import { revocationWriter } from '../../lambdas/store/revocations.ts';
import { operatorEvent } from './operator.ts';
import { recordedLog } from './recorded-log.ts';

export interface ClientsTables {
  directory: TableAccess;
  ledger: TableAccess;
}

/** @returns everything that the handler stands on, as it is wired, with what a test has of its own */
export const clientsPorts = (
  { directory, ledger }: ClientsTables,
  own: Partial<ClientsPorts> & Pick<ClientsPorts, 'clock'>,
): ClientsPorts => ({
  registry: clientRegistry(directory, randomUUID),
  credentials: credentialRegistry(directory, randomUUID),
  removal: clientRemoval(directory, randomUUID),
  uses: clientUses(directory, ledger),
  requests: idempotencyLog(directory),
  revocations: revocationWriter(ledger),
  roles: async () => roles,
  hashSecret,
  hashPassword,
  derive: derivedRandom,
  requestOf,
  newId: randomUUID,
  random: randomBytes,
  log: silent,
  audit: auditWriter(ledger),
  ...own,
});

const silent: Log = recordedLog([]);

export interface Asked {
  body?: unknown;
  headers?: Record<string, string>;
  query?: Record<string, string>;
  /** What the gateway says of the caller, where that is something else. */
  authorizer?: unknown;
}

let requests = 0;

/** @param key the route's key, with ids in the place of its parameters, such as `GET /admin/clients/ci` */
export function clientsRequest(key: string, asked: Asked = {}): Request {
  const { body, headers = {}, query } = asked;
  const [method = '', path = ''] = key.split(' ');
  const [clientId, credentials, credentialId] = path.split('/').slice(3).map(decodeURIComponent);
  const parts = [
    ...['/admin/clients', clientId === undefined ? '' : '/{clientId}'],
    ...[credentials === undefined ? '' : '/credentials', credentialId === undefined ? '' : '/{credentialId}'],
  ];
  const options = {
    requestId: `request-${++requests}`,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(query !== undefined && { query }),
    pathParameters: {
      ...(clientId !== undefined && { clientId }),
      ...(credentialId !== undefined && { credentialId }),
    },
  };
  return operatorEvent(`${method} ${parts.join('')}`, options, asked);
}

export interface Answered {
  status: number;
  headers: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: what JSON says
  body: any;
}

/** @returns a caller of the routes, as an operator */
export function operatorOf(handler: Handler) {
  return async (key: string, asked: Asked = {}): Promise<Answered> => {
    const { statusCode = 0, headers = {}, body } = await handler(clientsRequest(key, asked));
    return {
      status: statusCode,
      headers: headers as Record<string, string>,
      body: JSON.parse(body || 'null'),
    };
  };
}

/** @returns the same over these tables */
export const operatorOver = (
  tables: ClientsTables,
  own: Partial<ClientsPorts> & Pick<ClientsPorts, 'clock'>,
) => operatorOf(clientsHandler(clientsPorts(tables, own)));
