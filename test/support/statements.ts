/** Statements over the tables and the key of a {@link TokenService}, and closed hours for them to be about. */
import { createLocalJWKSet, jwtVerify } from 'jose';
import { expect } from 'vitest';
import { signStatement } from '../../lambdas/crypto/sign-token.ts';
import { type Link, NO_LINK } from '../../lambdas/domain/ledger/closing.ts';
import { addSums, noSums, type Rollup } from '../../lambdas/domain/ledger/rollup.ts';
import { STATEMENT_TYPE } from '../../lambdas/domain/ledger/statement.ts';
import { StoreUnavailable } from '../../lambdas/domain/ports.ts';
import { type StatementPorts, statementsHandler } from '../../lambdas/functions/statements/handler.ts';
import type { Request, Response } from '../../lambdas/http/event.ts';
import { createLog } from '../../lambdas/http/log.ts';
import { chain, closingStates, lateHours } from '../../lambdas/store/closings.ts';
import { clientReader } from '../../lambdas/store/directory.ts';
import { rollupReader, rollupWriter } from '../../lambdas/store/rollups.ts';
import { HOUR, NOW } from './clock.ts';
import { type EventOptions, requestEvent } from './event.ts';
import { ISSUER, KID, type TokenService } from './token-service.ts';

export const CLIENTS_ROUTE = 'GET /usage/statements/{month}';
export const OPERATORS_ROUTE = 'GET /admin/usage/statements/{clientId}/{month}';

export const OPERATOR = 'arn:aws:iam::123456789012:user/operator';

/** @returns what answers both routes, and what fills the ledger that it answers from */
export function statements(service: TokenService) {
  const { access, authenticate, clock, directoryTable, ledgerTable, privateKey, state } = service;
  const ledger = () => access(ledgerTable);
  const handlerWith = (changes: Partial<StatementPorts>) =>
    statementsHandler({
      authenticate: authenticate(),
      clients: clientReader(access(directoryTable)),
      rollups: rollupReader(ledger()),
      chain: chain(ledger()),
      late: lateHours(ledger()),
      sign: async (claims) => {
        if (!state.hasKeys) throw new StoreUnavailable('no key may sign yet');
        return { token: await signStatement(claims, { kid: KID, key: privateKey }), kid: KID };
      },
      ...{ issuer: ISSUER, clock, log: createLog('statements') },
      ...changes,
    });
  const send = (request: Request, changes: Partial<StatementPorts> = {}): Promise<Response> =>
    handlerWith(changes)(request);

  return {
    send,
    /** As the client whose API key it is. */
    own: (apiKey: string, month: string, options: EventOptions = {}, changes: Partial<StatementPorts> = {}) =>
      send(
        requestEvent(CLIENTS_ROUTE, {
          ...options,
          headers: { 'x-api-key': apiKey, ...options.headers },
          pathParameters: { month },
        }),
        changes,
      ),
    /** As an operator. */
    of: (
      clientId: string,
      month: string,
      headers: Record<string, string> = {},
      changes: Partial<StatementPorts> = {},
    ) =>
      send(
        byOperator(requestEvent(OPERATORS_ROUTE, { headers, pathParameters: { clientId, month } })),
        changes,
      ),
    /** Writes rows of closed hours, and the totals of their clients' hours. */
    async close(rows: readonly Rollup[]): Promise<void> {
      const writer = rollupWriter(ledger());
      const totals = new Map<string, Rollup>();
      for (const row of rows) {
        const { clientId, hour, sub } = row;
        const total = totals.get(`${clientId} ${hour}`) ?? { ...row, ...noSums() };
        addSums(total, row);
        totals.set(`${clientId} ${hour}`, total);
        await writer.put(row, 1);
        await writer.noteActive({ of: 'client', clientId }, hour.slice(0, 7), sub);
      }
      for (const { clientId, hour, sub: _, route: __, tenant: ___, ...sums } of totals.values()) {
        await writer.putTotal({ of: 'client', clientId }, { hour, ...sums }, 1);
      }
    },
    /** Adds a link for each hour, and says that all hours up to `through` are closed and looked at again. */
    async link(hours: readonly string[], through?: string): Promise<Link | undefined> {
      const links = chain(ledger());
      let last = await links.head();
      for (const hour of hours) {
        const seq = (last?.seq ?? 0) + 1;
        last = {
          ...{ seq, hour, generation: seq, digest: '', records: 0, cost: 0, at: 0 },
          ...{ previous: last?.hash ?? NO_LINK, hash: seq.toString(16).padStart(64, '0') },
        };
        await links.append(last);
        await links.establish(last);
      }
      if (through !== undefined) {
        const states = closingStates(ledger());
        await states.begin(clock() + HOUR);
        await states.advance({ closed: through, checked: through });
      }
      return last;
    },
    late: () => lateHours(ledger()),
  };
}

/** A request that passed the gateway's IAM authorization. */
export const byOperator = (request: Request): Request => {
  const authorizer = { iam: { userArn: OPERATOR, accountId: '123456789012' } };
  return { ...request, requestContext: { ...request.requestContext, authorizer } } as Request;
};

/** A row of a closed hour. */
export const aRow = (changes: Partial<Rollup> & Pick<Rollup, 'clientId'>): Rollup => ({
  ...{ sub: changes.clientId, route: 'GET /products/{name}', hour: '2026-10-02T03' },
  ...{ calls: 1, errors: 0, refused: 0, cost: 50, bytesOut: 10, latencies: [1] },
  ...changes,
});

/** @returns what the statement says, for whoever has the published keys and nothing else */
export async function verifiedBy(
  service: TokenService,
  response: Response,
): Promise<Record<string, unknown>> {
  expect(response.statusCode).toBe(200);
  const keys = createLocalJWKSet({ keys: [...service.jwks.keys] });
  const { payload, protectedHeader } = await jwtVerify(response.body ?? '', keys, {
    ...{ issuer: ISSUER, typ: STATEMENT_TYPE, algorithms: ['RS256'] },
  });
  expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'usage-statement+jwt', kid: KID });
  return payload;
}

/** What the statement of that month says of the client that the tests are about. */
export const OCTOBER = {
  ...{ iss: ISSUER, iat: NOW / 1000, currency: 'USD', grouped_by: ['route', 'tenant'] },
  period: { from: '2026-10-01T00:00:00.000Z', to: '2026-11-01T00:00:00.000Z' },
  rows: [
    {
      ...{ route: 'GET /products/{name}', calls: 3, errors: 0, refused: 0, bytes_out: 20 },
      ...{ cost_micro_dollars: 150, cost: '0.000150' },
    },
    {
      ...{ route: 'POST /products', tenant: 'acme', calls: 3, errors: 1, refused: 1, bytes_out: 10 },
      ...{ cost_micro_dollars: 400, cost: '0.000400' },
    },
  ],
  total: {
    ...{ calls: 6, errors: 1, refused: 1, bytes_out: 30 },
    ...{ cost_micro_dollars: 550, cost: '0.000550' },
  },
  // The hour that was closed again after the next month had begun.
  chain: { seq: 4, hash: '4'.padStart(64, '0') },
};
