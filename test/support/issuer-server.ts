/** Somebody else's issuer on loopback: a real HTTP server that answers as it is told, and keys that it signs with. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { NOW } from './clock.ts';

export type Reply = (response: ServerResponse, request: IncomingMessage) => void;

export interface IssuerServer {
  /** Its `iss`. */
  url: string;
  /** Answers a path from now on; 404 for all others. */
  answer(path: string, reply: Reply | object): void;
  /** Publishes keys at `/jwks`, and a discovery document that says so. */
  publish(...keys: object[]): void;
  /** The paths that were asked for since the last call of this. */
  takeRequests(): string[];
  close(): Promise<void>;
}

export const DISCOVERY = '/.well-known/openid-configuration';

export async function startIssuer(): Promise<IssuerServer> {
  const replies = new Map<string, Reply>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    const reply = replies.get(request.url ?? '');
    if (reply === undefined) response.writeHead(404).end();
    else reply(response, request);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const answer = (path: string, reply: Reply | object) =>
    replies.set(
      path,
      typeof reply === 'function' ? (reply as Reply) : (res) => res.end(JSON.stringify(reply)),
    );
  return {
    url,
    answer,
    publish: (...keys) => {
      answer(DISCOVERY, { issuer: url, jwks_uri: `${url}/jwks` });
      answer('/jwks', { keys });
    },
    takeRequests: () => requests.splice(0),
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

export interface ForeignKey {
  /** The public half. */
  jwk: Record<string, unknown>;
  privateKey: CryptoKey;
  /** A token of the claims; what is `undefined` is left out. */
  sign(claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
}

/** @returns a key of an issuer's, made cheaply: ES256 where nothing else is said. */
export async function foreignKey(kid: string, alg = 'ES256'): Promise<ForeignKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
  return {
    jwk,
    privateKey,
    sign: (claims = {}, header = {}) =>
      new SignJWT(JSON.parse(JSON.stringify({ ...foreignClaims, ...claims })))
        .setProtectedHeader(JSON.parse(JSON.stringify({ alg, kid, ...header })))
        .sign(privateKey),
  };
}

export const FOREIGN_ISSUER = 'https://idp.example.net';

/** A minute old, and good for nine more. */
export const foreignClaims = {
  iss: FOREIGN_ISSUER,
  sub: 'repo:acme/shop:ref:refs/heads/main',
  aud: 'https://api.example.com',
  jti: 'foreign-1',
  iat: NOW / 1000 - 60,
  nbf: NOW / 1000 - 60,
  exp: NOW / 1000 + 540,
};
