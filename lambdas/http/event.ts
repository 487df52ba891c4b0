import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** An HTTP API's request, payload format 2.0. */
export type Request = APIGatewayProxyEventV2;

/**
 * What the JWT authorizer adds. It makes every claim a string, an array `"[a b]"`; the package's types are
 * wider than what arrives.
 */
export interface TokenContext {
  jwt: { claims: Record<string, string>; scopes: string[] | null };
}

/** A request that passed the JWT authorizer. */
export type AuthorizedRequest = Request & {
  requestContext: Request['requestContext'] & { authorizer: TokenContext };
};

/** What the IAM authorization adds; only what we use of it. */
export interface OperatorContext {
  iam: { userArn: string; accountId: string };
}

export type Response = APIGatewayProxyStructuredResultV2;

/** What every function with a route exports as `handler`. */
export type Handler = (request: Request) => Promise<Response>;

/**
 * @param event of a function that other things invoke as well, such as a schedule
 * @returns whether it is a request of the gateway's: somebody waits for the answer
 */
export const isRequest = (event: unknown): event is Request =>
  typeof event === 'object' && event !== null && 'routeKey' in event && 'requestContext' in event;
