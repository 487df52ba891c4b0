/** Not built yet. */
import type { Handler } from '../../http/event.ts';
import { json } from '../../http/respond.ts';

export const handler: Handler = async () => json(501, {});
