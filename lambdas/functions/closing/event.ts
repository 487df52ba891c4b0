/** What the closing was invoked by. */
import type { Request } from '../../http/event.ts';

/**
 * @param event of the gateway, or of EventBridge's schedule: whatever that says, it asks for a run
 * @returns whether somebody waits for the answer
 */
export const isRequest = (event: unknown): event is Request =>
  typeof event === 'object' && event !== null && 'routeKey' in event && 'requestContext' in event;
