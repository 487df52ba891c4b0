/** The routes of this service: what each takes, and what a call of it costs. Gateway and guard both have it from here. */
import { perCall, protectedRoute } from '../../lambdas/index.ts';

export const routes = [protectedRoute('GET /stock/{name}', { anyOf: ['read:products'] }, perCall(70))];
