/** What the routes have in common. */
import type { Caller } from '../../domain/access.ts';
import { isOwn } from '../../domain/ledger/lineage.ts';
import type { LineageReader } from '../../domain/ledger/ports.ts';
import type { Clock, RevocationReader } from '../../domain/ports.ts';
import type { UsageRecord } from '../../domain/usage.ts';
import type { Request, Response } from '../../http/event.ts';
import type { Log } from '../../http/log.ts';
import { problem } from '../../http/respond.ts';

export interface LineagePorts {
  lineage: LineageReader;
  revocations: RevocationReader;
  clock: Clock;
  log: Log;
  /** Seconds that usage records are kept. */
  retention: number;
}

/** How much one request reads. */
export interface ReadLimits {
  calls: number;
  /** Hours of calls, for all tokens of a list: eight queries each. */
  hours: number;
  /** Entries of a list, those among them that the caller may not see. */
  tokens: number;
}

/** Who asks. */
export interface Viewer {
  /** Whose tokens are meant where the request does not say; an operator has none. */
  own?: Pick<Caller, 'sub' | 'clientId'>;
  seesAll: boolean;
  /** What the paths of its routes begin with. */
  base: '/usage' | '/admin/usage';
}

/** A route: the answer to whoever it is open to. @throws {StoreUnavailable} */
export type Route = (
  ports: LineagePorts,
  limits: ReadLimits,
  request: Request,
  viewer: Viewer,
) => Promise<Response>;

export const maySee = (
  token: Pick<UsageRecord, 'sub' | 'clientId'>,
  { seesAll, own }: Pick<Viewer, 'seesAll' | 'own'>,
): boolean => seesAll || (own !== undefined && isOwn(token, own));

/** 404, the same for what there is not and for what is somebody else's. */
export const notFound = (detail: string = NOTHING): Response =>
  problem({ status: 404, code: 'not_found', title: 'Not found', detail });

const NOTHING = 'There is nothing of this id that you may see, or not any more.';

/** Characters of an id as it stands in a key: the table's keys have an end. */
const MAX_ID = 800;

/** @returns whether anything can have this id: what has not is not looked for. */
export const isId = (text: string): boolean =>
  text !== '' && text.length <= MAX_ID && !/\p{Cs}/u.test(text) && encodeURIComponent(text).length <= MAX_ID;
