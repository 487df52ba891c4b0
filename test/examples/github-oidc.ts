/**
 * GitHub's side of a job that asks for its token: the address and the bearer token that the job finds in its
 * environment, and an answer that is signed anew for each request (docs.github.com, OpenID Connect reference).
 */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { foreignKey } from '../support/issuer-server.ts';

export interface GitHubOidc {
  /** What the job finds. */
  environment: { ACTIONS_ID_TOKEN_REQUEST_URL: string; ACTIONS_ID_TOKEN_REQUEST_TOKEN: string };
  /** What its tokens are verified with. */
  jwk: Record<string, unknown>;
  close(): Promise<void>;
}

/** @param claims of the job, beside the times, the audience and the id */
export async function startGitHubOidc(claims: Record<string, unknown>): Promise<GitHubOidc> {
  const { jwk, sign } = await foreignKey('github', 'RS256');
  const requestToken = randomUUID();
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://github');
    const isAllowed = request.headers.authorization === `Bearer ${requestToken}`;
    if (pathname !== '/token' || searchParams.get('api-version') !== '2.0' || !isAllowed) {
      response.writeHead(401).end();
      return;
    }
    const iat = Math.floor(Date.now() / 1000);
    const times = { iat, nbf: iat - 300, exp: iat + 21_300 };
    const value = await sign({ ...claims, ...times, aud: searchParams.get('audience'), jti: randomUUID() });
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ value }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    environment: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
    },
    jwk,
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}
