/** Reads what `cdk synth` wrote: the one stack's template and where the code of its functions lies. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { type Template, templateSchema } from './template.ts';

export interface CloudAssembly {
  stackName: string;
  template: Template;
  /** Folder of each asset, by the object key under which a deployment would upload it. */
  assets: ReadonlyMap<string, string>;
}

const manifestSchema = z.object({
  artifacts: z.record(
    z.string(),
    z.looseObject({ type: z.string(), properties: z.record(z.string(), z.unknown()).optional() }),
  ),
});

const assetsSchema = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.object({ path: z.string().optional(), packaging: z.string().optional() }),
      destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
    }),
  ),
});

/**
 * @param folder the assembly, which has a `manifest.json`
 * @throws Error where a file is missing or malformed, or the assembly has not exactly one stack
 */
export async function readCloudAssembly(folder: string): Promise<CloudAssembly> {
  const { artifacts } = await readJson(join(folder, 'manifest.json'), manifestSchema);
  const stacks = Object.entries(artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack');
  const [stack] = stacks;
  if (stack === undefined || stacks.length > 1) {
    throw new Error(`the local runner serves one stack, and ${folder} has ${stacks.length}`);
  }
  const [id, { properties = {} }] = stack;
  const templateFile = z.string().parse(properties.templateFile);
  return {
    stackName: z.string().default(id).parse(properties.stackName),
    template: await readJson(join(folder, templateFile), templateSchema),
    assets: await readAssets(folder, artifacts),
  };
}

async function readAssets(folder: string, artifacts: z.output<typeof manifestSchema>['artifacts']) {
  const assets = new Map<string, string>();
  for (const { type, properties } of Object.values(artifacts)) {
    if (type !== 'cdk:asset-manifest') continue;
    const { files } = await readJson(join(folder, z.string().parse(properties?.file)), assetsSchema);
    for (const { source, destinations } of Object.values(files)) {
      if (source.packaging !== 'zip' || source.path === undefined) continue;
      for (const { objectKey } of Object.values(destinations)) {
        assets.set(objectKey, resolve(folder, source.path));
      }
    }
  }
  return assets;
}

async function readJson<T extends z.ZodType>(file: string, schema: T): Promise<z.output<T>> {
  const parsed = schema.safeParse(JSON.parse(await readFile(file, 'utf8')));
  if (!parsed.success) throw new Error(`${file} has an unexpected form:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
