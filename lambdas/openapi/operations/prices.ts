import type { Group } from '../operation.ts';

export const prices: Group = { tag: { name: 'prices', description: 'prices' }, operations: {} };
