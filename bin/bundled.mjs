// Puts a program of TypeScript into one file when it is started for the first time after a change. Read file by file,
// starting takes three times as long. Whether it changed is seen by the times of its files.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, 'node_modules', '.cache', 'tollgate');

/** Small ones, which are faster to read from the same file; all others are loaded where they lie. */
const INSIDE = ['commander', 'zod', 'picocolors', 'cli-table3', 'string-width'];

/**
 * @param {string} entry from the project's folder, such as `cli/main.ts`
 * @returns {Promise<any>} its module
 */
export async function importBundled(entry) {
  const list = join(cache, `${entry.replaceAll('/', '-')}.json`);
  return import(pathToFileURL(join(fresh(list) ?? (await build(entry, list)), 'main.mjs')).href);
}

const stampOf = (file) => {
  const { mtimeMs, size } = statSync(join(root, file));
  return `${mtimeMs} ${size}`;
};

/** @returns the folder of what was built, where nothing that it was made of has changed */
function fresh(list) {
  try {
    const { folder, files } = JSON.parse(readFileSync(list, 'utf8'));
    const isSame = Object.entries(files).every(([file, stamp]) => stampOf(file) === stamp);
    return isSame && existsSync(join(folder, 'main.mjs')) ? folder : undefined;
  } catch {
    return undefined;
  }
}

async function build(entry, list) {
  const startedAt = Date.now();
  const { build } = await import('esbuild');
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: { main: entry },
    outdir: 'out',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: Object.keys(dependencies).filter((name) => !INSIDE.includes(name)),
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(join(root, entry)).href) },
    banner: { js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);" },
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  const folder = join(cache, hashOf(outputFiles));
  place(folder, outputFiles);
  forget(folder);
  const files = Object.keys(metafile.inputs);
  // What was changed while it was read may have been read before: the next start builds it again.
  if (files.every((file) => statSync(join(root, file)).mtimeMs < startedAt)) {
    const stamps = Object.fromEntries(files.map((file) => [file, stampOf(file)]));
    writeFileSync(`${list}.${process.pid}`, JSON.stringify({ folder, files: stamps }));
    renameSync(`${list}.${process.pid}`, list);
  }
  return folder;
}

const hashOf = (files) =>
  files
    .reduce((hash, { contents }) => hash.update(contents), createHash('sha256'))
    .digest('hex')
    .slice(0, 16);

/** Whole or not at all: another start may be reading it, or writing the same. */
function place(folder, files) {
  if (existsSync(folder)) return;
  const draft = `${folder}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  for (const { path, contents } of files) writeFileSync(join(draft, path.split(/[\\/]/).at(-1)), contents);
  try {
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
}

const A_DAY = 86_400_000;

/** Takes away what was built from older files; what is younger than a day may still be running. */
function forget(current) {
  for (const { name } of readdirSync(cache, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    const folder = join(cache, name);
    if (folder === current || Date.now() - statSync(folder).mtimeMs < A_DAY) continue;
    rmSync(folder, { recursive: true, force: true });
  }
}
