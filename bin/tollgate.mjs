#!/usr/bin/env node
// The operator's command, `npx tollgate`. There is no build step: it is put together when it has changed.
import { importBundled } from './bundled.mjs';

// Which Node.js this needs is in package.json; the SDK's own opinion, on every run, helps no operator.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

// Whoever reads the output may have seen enough, such as `head`.
process.stdout.on('error', ({ code }) => process.exit(code === 'EPIPE' ? 0 : 1));

const { main } = await importBundled('cli/main.ts').catch(asItIs);
process.exitCode = await main(process.argv);

/** Where nothing can be written, such as in a folder of somebody else's, it is read file by file. */
async function asItIs() {
  const { register } = await import('tsx/esm/api');
  register();
  return import('../cli/main.ts');
}
