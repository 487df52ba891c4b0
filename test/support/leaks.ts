/** `POST /admin/leaks` over the tables of a {@link Traced}: what was really issued, and has leaked. */
import { randomUUID } from 'node:crypto';
import { verifySecret } from '../../lambdas/crypto/credentials.ts';
import { refreshTokens } from '../../lambdas/crypto/refresh-tokens.ts';
import { signedTokens } from '../../lambdas/crypto/signed-tokens.ts';
import { type LeaksPorts, leaksHandler } from '../../lambdas/functions/leaks/handler.ts';
import type { Request } from '../../lambdas/http/event.ts';
import { auditWriter } from '../../lambdas/store/audit.ts';
import { leakedCredentials } from '../../lambdas/store/leaked-credentials.ts';
import { lineageReader } from '../../lambdas/store/lineage.ts';
import { refreshFamilies } from '../../lambdas/store/refresh-families.ts';
import { revocationWriter } from '../../lambdas/store/revocations.ts';
import { requestEvent } from './event.ts';
import { recordedLog } from './recorded-log.ts';
import { asking, ISSUER } from './token-service.ts';
import { createTraced } from './traced.ts';

export const OPERATOR = 'arn:aws:iam::123456789012:user/alice';
const ROUTE = 'GET /products/{name}';

export async function createLeaks() {
  const world = await createTraced();
  const lines: unknown[][] = [];
  let requests = 0;
  function ports(): LeaksPorts {
    const { access, directoryTable, ledgerTable, jwks, clock } = world;
    const [directory, ledger] = [access(directoryTable), access(ledgerTable)];
    return {
      credentials: leakedCredentials(directory, randomUUID),
      matches: verifySecret,
      families: refreshFamilies(directory),
      tokens: refreshTokens,
      verify: signedTokens({ keys: { jwks: async () => jwks }, issuer: ISSUER }),
      ledger: revocationWriter(ledger),
      lineage: lineageReader(ledger),
      ...{ clock, log: recordedLog(lines), audit: auditWriter(ledger) },
    };
  }

  async function report(body: unknown, changes: Partial<LeaksPorts> = {}) {
    requests += 1;
    const event = requestEvent('POST /admin/leaks', {
      ...{
        headers: { 'content-type': 'application/json' },
        requestId: `leak-${requests}`,
        at: world.clock(),
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const requestContext = { ...event.requestContext, authorizer: { iam: { userArn: OPERATOR } } };
    const answer = await leaksHandler({ ...ports(), ...changes })({ ...event, requestContext } as Request);
    return { status: answer.statusCode, text: String(answer.body), body: JSON.parse(String(answer.body)) };
  }

  /** As the directory lists it. */
  const mark = (clientId: string) => world.put({ pk: 'CLIENTS', sk: clientId, clientId });
  const use = (token: string, sourceIp = '203.0.113.7') =>
    world.call(ROUTE, token, { sourceIp, pathParameters: { name: 'lamp' } });
  const logsIn = async (apiKey: string) => (await world.login(asking(apiKey, {}))).statusCode === 200;
  const credentialsOf = async (clientId: string) =>
    (await world.directoryTable.items()).filter(
      ({ pk, sk }) => pk === `CLIENT#${clientId}` && sk !== 'CLIENT',
    );
  const trail = async () => {
    const id = `leak-${requests}`;
    return (await world.ledgerTable.items()).filter(
      ({ pk, requestId }) => pk.startsWith('AUDIT#') && requestId === id,
    );
  };

  return { world, lines, ports, report, mark, use, logsIn, credentialsOf, trail };
}
