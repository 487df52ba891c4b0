import type { Group } from '../operation.ts';

export const credentials: Group = {
  tag: { name: 'credentials', description: 'credentials' },
  operations: {},
};
