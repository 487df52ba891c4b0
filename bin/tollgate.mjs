#!/usr/bin/env node
// The operator's command, `npx tollgate`. TypeScript is loaded as it is: there is no build step.
import { register } from 'tsx/esm/api';

// Which Node.js this needs is in package.json; the SDK's own opinion, on every run, helps no operator.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

// Whoever reads the output may have seen enough, such as `head`.
process.stdout.on('error', ({ code }) => process.exit(code === 'EPIPE' ? 0 : 1));

register();
const { main } = await import('../cli/main.ts');
process.exitCode = await main(process.argv);
