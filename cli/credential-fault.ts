/** What AWS says of credentials that are no good: they are there, and still nothing can be done with them. */

const FAULTS: readonly [says: RegExp, next: string][] = [
  [
    /signature expired|not yet current|RequestExpired|RequestTimeTooSkewed/i,
    'The clock of this machine is wrong: set it, and try again.',
  ],
  [/expired/i, 'Your AWS credentials have expired: sign in again (`aws sso login`), or fetch new ones.'],
  [
    /security token .*invalid|InvalidClientTokenId|UnrecognizedClient|does not match|SignatureDoesNotMatch/i,
    'Your AWS credentials are not taken: check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or the profile; `aws sts get-caller-identity` tells whose they are.',
  ],
];

/** @returns what to do about it; nothing where the refusal was about something else */
export const credentialFault = (message: string): string | undefined =>
  FAULTS.find(([says]) => says.test(message))?.[1];
