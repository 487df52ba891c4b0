import type { Handler } from '../../http/event.ts';
import { problem } from '../../http/respond.ts';

export const handler: Handler = async () =>
  problem({ status: 501, code: 'not_implemented', title: 'Not implemented', detail: 'Not served yet.' });
