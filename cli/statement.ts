/** A usage statement as the command fetches it, and makes sure that it is what it says. */
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import * as z from 'zod';
import { CommandFailure, EXIT, messageOf } from './failure.ts';
import { notOurs, refusal } from './refusal.ts';
import { signedFetch } from './signed-fetch.ts';
import type { Target } from './target.ts';

const ROUTE = 'GET /admin/usage/statements/{clientId}/{month}';

/** The `typ` of a statement: a token of the same keys is none. */
const TYPE = 'usage-statement+jwt';

const sums = {
  calls: z.int(),
  errors: z.int(),
  refused: z.int(),
  cost_micro_dollars: z.int(),
  cost: z.string(),
};

const claimsShape = z.looseObject({
  iss: z.string(),
  sub: z.string(),
  iat: z.int().min(0).max(8.64e12),
  period: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }),
  currency: z.string(),
  grouped_by: z.array(z.string()),
  rows: z.array(z.looseObject({ route: z.string(), tenant: z.string().optional(), ...sums })),
  total: z.looseObject(sums),
  chain: z.object({ seq: z.int(), hash: z.hash('sha256') }),
});

export type StatementClaims = z.output<typeof claimsShape>;

export interface Statement {
  /** The compact JWS. */
  jws: string;
  /** The key that signed it. */
  kid: string;
  claims: StatementClaims;
}

/** Whose statement of which month, such as `2026-10`. */
export interface Wanted {
  client: string;
  month: string;
}

/** Where the keys are published that statements are verified with. */
export const keysOf = ({ url }: Target): string => `${url}/.well-known/jwks.json`;

/**
 * Fetches a statement, and verifies it as its receiver does: with the published keys and nothing else.
 *
 * @throws {CommandFailure} where the server refuses, or the statement is not what was asked for
 */
export async function fetchStatement(target: Target, wanted: Wanted): Promise<Statement> {
  const path = `/admin/usage/statements/${encodeURIComponent(wanted.client)}/${encodeURIComponent(wanted.month)}`;
  const answer = await signedFetch(target, { method: 'GET', path, accept: 'application/json' });
  if (answer.status !== 200) {
    throw refusal(answer, { route: ROUTE, help: 'usage statement', steps: STEPS });
  }
  const body = z.object({ statement: z.string() }).safeParse(answer.body);
  if (!body.success) throw notOurs(answer.status);
  return verified(target, body.data.statement, wanted);
}

const STEPS = {
  month_not_closed: 'A month is closed six hours after its end. Until then `GET /usage` has its calls.',
  unknown_client: 'Give the id that `npx tollgate clients create` printed.',
  nothing_recorded: 'Hours are kept from the first deployment of this version on.',
};

async function verified(target: Target, jws: string, wanted: Wanted): Promise<Statement> {
  const { payload, kid } = await signedPayload(target, jws);
  const claims = claimsShape.safeParse(payload);
  if (!claims.success) throw wrong('it has not the shape of a statement');
  const { sub, period, rows, grouped_by, total } = claims.data;
  if (sub !== wanted.client || !period.from.startsWith(`${wanted.month}-01T`)) {
    throw wrong('it is of another client or month');
  }
  const cost = rows.reduce((sum, row) => sum + row.cost_micro_dollars, 0);
  if (grouped_by.length > 0 && cost !== total.cost_micro_dollars) throw wrong('its rows do not add up');
  return { jws, kid, claims: claims.data };
}

async function signedPayload(target: Target, jws: string): Promise<{ payload: JWTPayload; kid: string }> {
  const keys = createRemoteJWKSet(new URL(keysOf(target)));
  try {
    const options = { algorithms: ['RS256'], typ: TYPE };
    const { payload, protectedHeader } = await jwtVerify(jws, keys, options);
    return { payload, kid: String(protectedHeader.kid) };
  } catch (error) {
    if (isVerdict(error)) throw wrong(messageOf(error), error);
    const next = 'Without the published keys nobody can verify it: see `npx tollgate doctor`.';
    throw new CommandFailure(EXIT.unreachable, `${keysOf(target)}: ${messageOf(error)}`, next, {
      cause: error,
    });
  }
}

/** Whether it was the statement that was wrong, and not the way to the keys. */
const isVerdict = (error: unknown): boolean =>
  error instanceof errors.JWSInvalid ||
  error instanceof errors.JWTInvalid ||
  error instanceof errors.JWTClaimValidationFailed ||
  error instanceof errors.JWSSignatureVerificationFailed ||
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JOSEAlgNotAllowed;

const wrong = (what: string, cause?: unknown): CommandFailure =>
  new CommandFailure(
    EXIT.refused,
    `The statement cannot be trusted: ${what}.`,
    'See what stands in front of the deployment, and what its log says of the signature.',
    { cause },
  );
