import type { Handler } from '../../http/event.ts';
import { protect } from '../protect.ts';
import { profile } from './handler.ts';

export const handler: Handler = protect('profile', profile);
