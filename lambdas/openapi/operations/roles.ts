import type { Group } from '../operation.ts';

export const roles: Group = { tag: { name: 'roles', description: 'roles' }, operations: {} };
