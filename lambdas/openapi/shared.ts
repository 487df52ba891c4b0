/** Schemas that many operations have. */
import type { Schema } from './operation.ts';
import { count, dollars, flag, micros, object, text } from './schema.ts';

export const totals = {
  calls: count('Refused ones among them.'),
  errors: count('Those that ended in a failure of ours (5xx).'),
  refused: count(),
  cost_micro_dollars: micros(),
  cost: dollars(),
  complete: flag('Whether these are all calls that there are.'),
};

/** Problems may have further members (RFC 9457 §3.2). */
export const shared: Readonly<Record<string, Schema>> = {
  Problem: object(
    {
      status: { type: 'integer', minimum: 400, maximum: 599 },
      code: text('Stable: what a program decides by.', { pattern: '^[a-z][a-z_]*$' }),
      title: text('What kind of a problem it is.'),
      detail: text('What is wrong in this case, and what to do.'),
    },
    { description: 'An error (RFC 9457).', additionalProperties: true },
  ),
  OAuthError: object(
    {
      error: text('Stable: what a program decides by.', { pattern: '^[a-z][a-z_]*$' }),
      error_description: text('A sentence for the developer of the client.'),
    },
    { description: 'An error of a token endpoint (RFC 6749 §5.2).' },
  ),
  GatewayMessage: object(
    { message: text() },
    { description: 'What the gateway says where no function was asked, or none answered.' },
  ),
  Totals: object(totals),
};
