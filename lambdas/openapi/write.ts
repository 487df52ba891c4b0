/** Writes what the function `openapi` serves beside its bundle: `node --import tsx lambdas/openapi/write.ts <folder>`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSite } from './site.ts';

const [, , folder] = process.argv;
if (folder === undefined) throw new Error('which folder?');
writeFileSync(join(folder, 'site.json'), JSON.stringify(buildSite()));
