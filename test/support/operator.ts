/** A request to an operator route as the gateway hands it over, once IAM has let it through. */
import type { Request } from '../../lambdas/http/event.ts';
import { type EventOptions, requestEvent } from './event.ts';

export const OPERATOR = 'arn:aws:iam::123456789012:user/alice';

/**
 * @param key the route key, such as `GET /admin/audit`
 * @param other an `authorizer` that is not an operator's
 */
export function operatorEvent(
  key: string,
  options: EventOptions = {},
  other: { authorizer?: unknown } = {},
): Request {
  const event = requestEvent(key, options);
  const iam = { userArn: OPERATOR, accountId: '123456789012' };
  const authorizer = 'authorizer' in other ? other.authorizer : { iam };
  return { ...event, requestContext: { ...event.requestContext, authorizer } as Request['requestContext'] };
}
