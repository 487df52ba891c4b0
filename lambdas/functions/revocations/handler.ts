/** `/admin/revocations`: operators revoke a token, or all tokens of something, and see what is revoked. */
import type { AuditWriter, Change } from '../../domain/audit.ts';
import type { PublishedKeys } from '../../domain/discovery.ts';
import type { Clock, RevocationReader, RevocationWriter } from '../../domain/ports.ts';
import type { RevocationTarget } from '../../domain/revocation.ts';
import {
  parseRevocationQuery,
  parseRevocationRequest,
  type RevocationRequest,
  requestedRevocation,
} from '../../domain/revocation-request.ts';
import { readJson } from '../../http/body.ts';
import type { Handler, Response } from '../../http/event.ts';
import type { Log, LogFields } from '../../http/log.ts';
import { type OperatorRequest, operatorRoutes, refused } from '../../http/operator.ts';
import { json } from '../../http/respond.ts';
import { isRevokedShown, revokedShown } from './format.ts';

export interface RevocationsPorts {
  revocations: RevocationReader & RevocationWriter;
  /** Whose tokens are all tokens. */
  keys: PublishedKeys;
  clock: Clock;
  log: Log;
  audit: AuditWriter;
}

/**
 * @returns the handler: 200 with what is refused from then on, or with what is; 400 or 413 `invalid_body`, 400
 *   `invalid_<member>` or `invalid_query`; 503 `ledger_unavailable`
 */
export const revocationsHandler = (ports: RevocationsPorts): Handler =>
  operatorRoutes(
    { log: ports.log, audit: ports.audit, store: 'ledger', unavailable: UNAVAILABLE },
    {
      'GET /admin/revocations': (asked) => tell(ports, asked),
      'POST /admin/revocations': (asked) => revoke(ports, asked),
    },
  );

const UNAVAILABLE =
  'The ledger, or the published keys, did not answer. Try again: doing the same twice does no harm.';

async function tell({ revocations }: RevocationsPorts, { request }: OperatorRequest): Promise<Response> {
  const target = parseRevocationQuery(request.queryStringParameters ?? {});
  if (!target.ok) return refused(400, target.failure.code, target.failure.detail);
  const [found] = await revocations.find([target.value]);
  return json(200, isRevokedShown(target.value, found));
}

async function revoke(ports: RevocationsPorts, asked: OperatorRequest): Promise<Response> {
  const body = readJson(asked.request);
  if (!body.ok) return refused(body.failure.status, 'invalid_body', body.failure.reason);
  const wanted = parseRevocationRequest(body.value, ports.clock());
  if (!wanted.ok) return refused(400, wanted.failure.code, wanted.failure.detail);
  const { target } = wanted.value;
  return target === undefined
    ? revokeAll(ports, asked, wanted.value)
    : revokeOne(ports, asked, wanted.value, target);
}

async function revokeOne(
  ports: RevocationsPorts,
  { fields, change }: OperatorRequest,
  { issuedBefore }: RevocationRequest,
  target: RevocationTarget,
): Promise<Response> {
  await change(changeOf({ [target.kind]: target.id }, issuedBefore));
  const outcome = await write(ports, target, issuedBefore);
  ports.log.info('revoked', { ...fields, status: 200, ...namesIn(target) });
  // Read again: what stands there may reach further than what was asked for.
  const [found] = await ports.revocations.find([target]);
  return json(200, revokedShown(target, outcome, found));
}

/** Every token has a key, so all tokens are those of all keys. Sessions go on: they are revoked with their clients. */
async function revokeAll(
  ports: RevocationsPorts,
  { fields, change }: OperatorRequest,
  { issuedBefore }: RevocationRequest,
): Promise<Response> {
  const { keys } = await ports.keys.jwks();
  await change(changeOf({ all: 'tokens' }, issuedBefore));
  const targets = keys.map(({ kid }) => ({ kind: 'key', id: kid }) as const);
  const outcomes = await Promise.all(targets.map((target) => write(ports, target, issuedBefore)));
  ports.log.info('revoked', { ...fields, status: 200, reason: 'all tokens' });
  const found = await ports.revocations.find(targets);
  const each = targets.map((target, index) =>
    revokedShown(
      target,
      outcomes[index] ?? 'revoked',
      found.find((one) => one.target.id === target.id),
    ),
  );
  const isNew = outcomes.includes('revoked');
  return json(200, { revoked: isNew ? true : 'already', issued_before: issuedBefore, keys: each });
}

async function write(ports: RevocationsPorts, target: RevocationTarget, issuedBefore: number | undefined) {
  const why = { revokedAt: ports.clock(), reason: 'operator' } as const;
  const outcome = await ports.revocations.revoke(requestedRevocation(target, issuedBefore, why));
  if (outcome === 'revoked') ports.log.count('TokenRevoked');
  return outcome;
}

const changeOf = (target: Change['target'], issuedBefore: number | undefined): Change => ({
  action: 'token.revoke',
  target,
  ...(issuedBefore !== undefined && { details: { issued_before: issuedBefore } }),
});

/** What of a target the log has fields for; the trail has all of it. */
const namesIn = ({ kind, id }: RevocationTarget): LogFields => ({ reason: kind, ...FIELDS[kind]?.(id) });

const FIELDS: Partial<Record<RevocationTarget['kind'], (id: string) => LogFields>> = {
  token: (jti) => ({ jti }),
  client: (clientId) => ({ clientId }),
  subject: (sub) => ({ sub }),
  key: (kid) => ({ kid }),
};
