#!/usr/bin/env node
// The operator's command, `npx tollgate`. TypeScript is loaded as it is: there is no build step.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('../cli/main.ts');
process.exitCode = await main(process.argv);
