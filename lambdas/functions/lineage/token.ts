/** `…/usage/tokens/{jti}`: where a token came from, what ended it, what it did and what that cost. */
import * as z from 'zod/mini';
import { fitsSortKey } from '../../domain/ledger/key-length.ts';
import { type CallsRead, noTotals, plus, readCalls, type Totals } from '../../domain/ledger/lineage.ts';
import type { CallPosition, TokenOfRecords } from '../../domain/ledger/ports.ts';
import { hoursOfLife, issuedAtOf, mayHaveRecords } from '../../domain/ledger/token-life.ts';
import { parseLineage } from '../../domain/lineage.ts';
import { endingOf, isSame, ownTargetsOf, targetsOf } from '../../domain/revocation.ts';
import type { IssuedToken, UsageRecord } from '../../domain/usage.ts';
import type { Response } from '../../http/event.ts';
import {
  formatCursor,
  invalidCursor,
  linkTo,
  type PageQuery,
  parsePageQuery,
  positionIn,
} from '../../http/paging.ts';
import { json } from '../../http/respond.ts';
import { callsOf } from './calls.ts';
import { callShown, endingShown, issuanceShown, linksOf, originShown, totalShown } from './format.ts';
import {
  isId,
  type LineagePorts,
  maySee,
  notFound,
  type ReadLimits,
  type Route,
  type Viewer,
} from './ports.ts';

/** Calls on a page. */
const PAGE = { usual: 1_000, most: 10_000 };

/** Where a page begins: after which call, and what those before it amount to. */
interface Position {
  after?: CallPosition;
  before: Totals;
}

const position = z.tuple([z.int(), z.string(), z.int(), z.int(), z.int(), z.int()]);

/**
 * A token that the ledger has no note of may have calls all the same: it was issued while the ledger could not be
 * written, or the note has expired. They are looked for under the subject that `sub` names, by default the caller's. So
 * are those of somebody else's token, which are not found there: it takes as long as for a token that never was. An
 * operator has no subject of its own.
 */
export const tokenLineage: Route = async (ports, limits, request, viewer) => {
  const query = parsePageQuery(request, ['sub'], PAGE);
  if (!query.ok) return query.failure;
  const { jti = '' } = request.pathParameters ?? {};
  const issuedAt = issuedAtOf(jti);
  const { sub: wanted = viewer.own?.sub } = query.value.given;
  if (issuedAt === undefined || (wanted !== undefined && !isId(wanted))) return notFound();
  const begin = beginningOf(query.value, jti);
  if (begin === undefined) return invalidCursor();

  const token = await issuedTo(ports, jti, viewer);
  const now = ports.clock();
  if (token === undefined && !mayHaveRecords(issuedAt, now, ports.retention)) return notFound();
  const sub = token?.sub ?? wanted;
  if (sub === undefined) return notFound(UNNOTED);
  const found = { jti, sub };
  const hours = hoursOfLife({ issuedAt, ...(token !== undefined && { exp: token.exp }) }, now);
  if (!canBe(found, begin.after)) return invalidCursor();
  const calls = visible(callsOf(ports.lineage, found, hours, begin.after), viewer);
  const read = await readCalls(calls, query.value.limit, mostOf(limits, query.value));
  const known = token ?? read.page[0];
  if (known === undefined) return notFound();
  const revoked = await endOf(ports, known, Math.floor(issuedAt / 1000), token);
  return answer(query.value, begin, read, { base: viewer.base, known, token, revoked });
};

const UNNOTED =
  'The ledger has no note of such a token, or not any more. Name its subject as sub, to look for its calls.';

/** @returns whether there can be such a call */
const canBe = ({ sub, jti }: TokenOfRecords, after: CallPosition | undefined): boolean =>
  after === undefined || fitsSortKey(sub, jti, new Date(after.at).toISOString(), after.requestId);

/** All calls of a token are the same caller's. It ends at the first that is not to be seen: no time tells of the others. */
async function* visible(calls: AsyncIterable<UsageRecord>, viewer: Viewer): AsyncGenerator<UsageRecord> {
  for await (const call of calls) {
    if (!maySee(call, viewer)) return;
    yield call;
  }
}

/** At least a page. */
const mostOf = ({ calls }: ReadLimits, { limit }: PageQuery): number => Math.max(calls, limit);

const queryOf = ({ given: { sub = '' } }: PageQuery, jti: string): string[] => ['token', jti, sub];

function beginningOf(query: PageQuery, jti: string): Position | undefined {
  if (query.cursor === undefined) return { before: noTotals() };
  const parsed = position.safeParse(positionIn(query.cursor, queryOf(query, jti)));
  if (!parsed.success) return undefined;
  const [at, requestId, calls, errors, refused, cost] = parsed.data;
  return isTime(at) && isId(requestId)
    ? { after: { at, requestId }, before: { calls, errors, refused, cost } }
    : undefined;
}

const isTime = (at: number): boolean => at >= 0 && at <= 8.64e15;

async function issuedTo(
  { lineage }: LineagePorts,
  jti: string,
  viewer: Viewer,
): Promise<IssuedToken | undefined> {
  const token = await lineage.issued(jti);
  return token !== undefined && maySee(token, viewer) ? token : undefined;
}

/** What ended the token. Of one that is known by its calls alone, neither its key nor what it came of is known. */
async function endOf(
  { revocations }: LineagePorts,
  known: IssuedToken | UsageRecord,
  iat: number,
  token: IssuedToken | undefined,
) {
  const lineage = token?.lineage === undefined ? [] : parseLineage(token.lineage);
  if (lineage === undefined) throw new Error(`corrupt lineage of the issued token ${known.jti}`);
  const { jti, clientId, sub, credentialId, tenant } = known;
  const own = {
    jti,
    clientId,
    sub,
    credentialId,
    kid: token?.kid ?? '',
    ...(tenant !== undefined && { tenant }),
  };
  const targets = targetsOf({ ...own, lineage }).filter(({ id }) => id !== '');
  const times = { iat, ...(token !== undefined && { exp: token.exp }) };
  const ending = endingOf(await revocations.find(targets), times, lineage);
  return ending && endingShown(ending, !ownTargetsOf(own).some(isSame(ending.target)));
}

interface Told {
  base: Viewer['base'];
  known: IssuedToken | UsageRecord;
  token: IssuedToken | undefined;
  revoked: ReturnType<typeof endingShown> | undefined;
}

function answer(
  query: PageQuery,
  { before }: Position,
  { page, pageTotals, totals, complete }: CallsRead,
  { base, known, token, revoked }: Told,
): Response {
  const { jti, sub, clientId, credentialId, tenant, txn } = known;
  const last = totals.calls > page.length || !complete ? page.at(-1) : undefined;
  const next = last && cursorAfter(query, last, plus(before, pageTotals));
  const body = {
    ...{ jti, sub, client_id: clientId, credential_id: credentialId },
    ...(tenant !== undefined && { tenant }),
    txn,
    issued: token === undefined ? null : issuanceShown(token),
    origin: token?.origin === undefined ? null : originShown(token.origin, base),
    revoked: revoked ?? null,
    total: totalShown(plus(before, totals), complete),
    calls: page.map(callShown),
    ...(next !== undefined && { next }),
    links: linksOf(base, known),
  };
  return json(200, body, linkTo(query, next));
}

function cursorAfter(query: PageQuery, { jti, at, requestId }: UsageRecord, totals: Totals): string {
  const { calls, errors, refused, cost } = totals;
  return formatCursor(queryOf(query, jti), [at, requestId, calls, errors, refused, cost]);
}
