/** AWS's own policies that a role of a function commonly has, as they stand in the managed policy reference. */
import type { PolicyDocument } from './policy-document.ts';

/** By the part of their ARN after `policy/`. */
export const managedPolicies: ReadonlyMap<string, PolicyDocument> = new Map([
  [
    'service-role/AWSLambdaBasicExecutionRole',
    {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
          Resource: ['*'],
        },
      ],
    },
  ],
]);
