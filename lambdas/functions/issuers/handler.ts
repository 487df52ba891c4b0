/** `/admin/issuers`: operators say whose tokens are trusted, and for what. */
import type { Handler } from '../../http/event.ts';
import { json } from '../../http/respond.ts';

export const issuersHandler = (): Handler => async () => json(200, { issuers: [] });
