import type { Handler } from '../../http/event.ts';
import { protect } from '../protect.ts';
import { productsHandler } from './handler.ts';

export const handler: Handler = protect('products', productsHandler());
