import type { Group } from '../operation.ts';

export const imports: Group = { tag: { name: 'imports', description: 'imports' }, operations: {} };
