/** Routes with IAM authorization: who may call them, and what their functions are told of the caller. */
import type { GatewayRequest } from './event.ts';
import { ACCOUNT } from './physical.ts';
import { type AwsCredentials, checkSignature } from './signature.ts';

/** What stands in `requestContext.authorizer` behind IAM authorization. */
export interface IamContext {
  iam: {
    accessKey: string;
    accountId: string;
    callerId: string;
    cognitoIdentity: null;
    principalOrgId: null;
    userArn: string;
    userId: string;
  };
}

/**
 * @param operator the one key that may call routes with IAM authorization
 * @param now milliseconds
 * @returns who signed; `undefined` where the signature is missing, stale, for something else or wrong
 */
export async function verifySignature(
  request: GatewayRequest,
  operator: AwsCredentials,
  now: number,
): Promise<IamContext | undefined> {
  const secretOf = (accessKeyId: string) =>
    accessKeyId === operator.accessKeyId ? operator.secretAccessKey : undefined;
  const check = await checkSignature(request, { service: 'execute-api', secretOf, now });
  return check.valid ? contextOf(check.accessKeyId) : undefined;
}

const contextOf = (accessKey: string): IamContext => ({
  iam: {
    accessKey,
    accountId: ACCOUNT,
    callerId: accessKey,
    cognitoIdentity: null,
    principalOrgId: null,
    userArn: `arn:aws:iam::${ACCOUNT}:user/operator`,
    userId: accessKey,
  },
});
