import type { Handler } from '../../http/event.ts';
import { protect } from '../protect.ts';
import { whoIsCalling } from './handler.ts';

export const handler: Handler = protect('protected-resource', whoIsCalling);
