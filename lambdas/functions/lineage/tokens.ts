/** `…/usage/credentials/{credentialId}` and `…/usage/transactions/{txn}`: tokens, and what each of them did. */
import * as z from 'zod/mini';
import { noTotals, plus, readCalls, type Totals } from '../../domain/ledger/lineage.ts';
import type { TokenList } from '../../domain/ledger/ports.ts';
import { hoursOfLife } from '../../domain/ledger/token-life.ts';
import type { TokenEntry } from '../../domain/usage.ts';
import type { Response } from '../../http/event.ts';
import {
  formatCursor,
  invalidCursor,
  linkTo,
  type PageQuery,
  parsePageQuery,
  positionIn,
} from '../../http/paging.ts';
import { json, problem } from '../../http/respond.ts';
import { callsOf } from './calls.ts';
import { atSeconds, tokenPath, totalShown } from './format.ts';
import {
  isId,
  type LineagePorts,
  maySee,
  notFound,
  type ReadLimits,
  type Route,
  type Viewer,
} from './ports.ts';

/** Tokens on a page: the calls of each are read. */
const PAGE = { usual: 20, most: 100 };

/** Of another client's credential nothing is read: whether there is one does not show. */
export const tokensOfCredential: Route = async (ports, limits, request, viewer) => {
  const query = parsePageQuery(request, ['client'], PAGE);
  if (!query.ok) return query.failure;
  const credentialId = decoded(request.pathParameters?.credentialId ?? '');
  const { client: clientId = viewer.own?.clientId } = query.value.given;
  if (clientId === undefined) return clientRequired();
  if (!isId(credentialId) || !isId(clientId)) return notFound();
  if (clientId !== viewer.own?.clientId && !viewer.seesAll) return notFound();
  const asked = { ports, limits, viewer, query: query.value };
  const names = { client_id: clientId, credential_id: credentialId };
  return listed(asked, { of: 'credential', clientId, credentialId }, names);
};

/**
 * The gateway decodes a path before it parts it at its slashes. So an id that has some, as an issuer's name has, is
 * percent-encoded twice; for all others that makes no difference.
 */
function decoded(parameter: string): string {
  try {
    return decodeURIComponent(parameter);
  } catch {
    return parameter;
  }
}

/** 400: the credentials of two clients may have the same id. */
const clientRequired = (): Response =>
  problem({
    status: 400,
    code: 'client_required',
    title: 'Whose credential?',
    detail:
      'The parameter client has to say whose credential is meant: a credential has its id within its client.',
  });

/** Of a transaction that several share, each sees its own tokens. */
export const tokensOfTransaction: Route = async (ports, limits, request, viewer) => {
  const query = parsePageQuery(request, [], PAGE);
  if (!query.ok) return query.failure;
  const { txn = '' } = request.pathParameters ?? {};
  if (!isId(txn)) return notFound();
  const asked = { ports, limits, viewer, query: query.value };
  return listed(asked, { of: 'transaction', txn }, { txn });
};

interface Asked {
  ports: LineagePorts;
  limits: ReadLimits;
  viewer: Viewer;
  query: PageQuery;
}

/** What the pages before this one had. */
interface Position {
  before?: string;
  tokens: number;
  totals: Totals;
  /** Whether all calls of those tokens are in the totals. */
  complete: boolean;
}

const position = z.tuple([z.string(), z.int(), z.int(), z.int(), z.int(), z.int(), z.boolean()]);

async function listed(asked: Asked, list: TokenList, names: Record<string, string>): Promise<Response> {
  const id = Object.values(list);
  const begin = beginningOf(asked.query, id);
  if (begin === undefined) return invalidCursor();
  const { entries, more } = await pageOf(asked, list, begin);
  if (entries.length === 0 && begin.before === undefined) return notFound();
  const end = entries.reduce(added, begin);
  const next = more ? cursorOf(end, id) : undefined;
  const body = {
    ...names,
    total: { tokens: end.tokens, ...totalShown(end.totals, end.complete && !more) },
    tokens: entries.map((entry) => entryShown(asked.viewer.base, entry)),
    ...(next !== undefined && { next }),
  };
  return json(200, body, linkTo(asked.query, next));
}

function beginningOf({ cursor }: PageQuery, id: readonly string[]): Position | undefined {
  if (cursor === undefined) return { tokens: 0, totals: noTotals(), complete: true };
  const parsed = position.safeParse(positionIn(cursor, id));
  if (!parsed.success || !isId(parsed.data[0])) return undefined;
  const [before, tokens, calls, errors, refused, cost, complete] = parsed.data;
  return { before, tokens, totals: { calls, errors, refused, cost }, complete };
}

const cursorOf = ({ before = '', tokens, totals, complete }: Position, id: readonly string[]): string => {
  const { calls, errors, refused, cost } = totals;
  return formatCursor(id, [before, tokens, calls, errors, refused, cost, complete]);
};

/** A token of a page, and what it did. */
interface Entry {
  token: TokenEntry;
  totals: Totals;
  complete: boolean;
}

/**
 * As many tokens as are wanted, or as can be read at once: a token whose calls would be too many begins the next page,
 * and one that has too many by itself is told with those that were read.
 */
async function pageOf({ ports, limits, viewer, query }: Asked, list: TokenList, { before }: Position) {
  const entries: Entry[] = [];
  const left = { ...limits };
  const page = (more: boolean) => ({ entries, more });
  for await (const token of ports.lineage.tokensOf(list, before)) {
    left.tokens -= 1;
    if (left.tokens < 0 || entries.length >= query.limit) return page(true);
    if (!maySee(token, viewer)) continue;
    const hours = hoursOfLife({ issuedAt: token.iat * 1000, exp: token.exp }, ports.clock());
    const isFirst = entries.length === 0;
    if (!isFirst && (hours.length > left.hours || left.calls <= 0)) return page(true);
    const { totals, complete } = await readCalls(callsOf(ports.lineage, token, hours), 0, left.calls);
    if (!isFirst && !complete) return page(true);
    entries.push({ token, totals, complete });
    left.hours -= hours.length;
    left.calls -= totals.calls;
  }
  return page(false);
}

const added = (position: Position, { token, totals, complete }: Entry): Position => ({
  before: token.jti,
  tokens: position.tokens + 1,
  totals: plus(position.totals, totals),
  complete: position.complete && complete,
});

const entryShown = (base: Viewer['base'], { token, totals, complete }: Entry) => ({
  jti: token.jti,
  sub: token.sub,
  client_id: token.clientId,
  credential_id: token.credentialId,
  grant_type: token.grantType,
  issued_at: atSeconds(token.iat),
  expires_at: atSeconds(token.exp),
  total: totalShown(totals, complete),
  href: tokenPath(base, token.jti),
});
