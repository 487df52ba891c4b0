/** What the services answer where a call does not get through, in their own words. */
import { type AccessRequest, arnOf, type Caller, type Decision } from './evaluate.ts';

export interface AwsError {
  status: number;
  body: Readonly<Record<string, unknown>>;
}

/** Thrown while a call is read, with what to answer. */
export class Refused extends Error {
  readonly answer: AwsError;
  constructor(answer: AwsError) {
    super('the call is refused');
    this.answer = answer;
  }
}

const coral = (type: string, text: string): AwsError => ({
  status: 400,
  body: { __type: `com.amazon.coral.service#${type}`, message: text },
});

/** What stands instead of the signature that was expected. */
export const signatureErrors = {
  missing: coral('MissingAuthenticationTokenException', 'Request is missing Authentication Token'),
  malformed: coral(
    'IncompleteSignatureException',
    'Authorization has to be AWS4-HMAC-SHA256 for this service and region, over host and x-amz-date.',
  ),
  unknown: coral('UnrecognizedClientException', 'The security token included in the request is invalid.'),
  stale: coral('InvalidSignatureException', 'Signature expired or not yet current.'),
  wrong: coral(
    'InvalidSignatureException',
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  ),
} as const;

export const unknownOperation = coral('UnknownOperationException', 'There is no such operation here.');

export const unreadable = coral('SerializationException', 'The body is not what the operation takes.');

export const invalid = (text: string): AwsError => ({
  status: 400,
  body: { __type: 'com.amazon.coral.validate#ValidationException', message: text },
});

export const noSuchTable: AwsError = {
  status: 400,
  body: {
    __type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException',
    message: 'Requested resource not found',
  },
};

/** @param named what the message calls the resource */
export function accessDenied(
  caller: Caller,
  { action }: AccessRequest,
  named: string,
  decision: Exclude<Decision, 'allowed'>,
): AwsError {
  const why =
    decision === 'denied explicitly'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`;
  return {
    status: 400,
    body: {
      __type: 'com.amazon.coral.service#AccessDeniedException',
      Message: `User: ${arnOf(caller)} is not authorized to perform: ${action} on resource: ${named} ${why}`,
    },
  };
}
