import type { Group } from '../operation.ts';

export const leaks: Group = { tag: { name: 'leaks', description: 'leaks' }, operations: {} };
