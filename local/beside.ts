/**
 * An app of one's own, served beside Tollgate on a port of its own: it hears of Tollgate by its outputs, as context
 * values, takes its tokens and writes to its ledger, with the rights that its own template gives it.
 */
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Api } from './api.ts';
import { readCloudAssembly } from './cloud-assembly.ts';
import { deploy, type Machine } from './deploy.ts';
import { createGateway, type GatewayOptions } from './gateway.ts';
import type { Principals } from './iam/principals.ts';
import { createStage } from './stage.ts';
import { synthesize } from './synthesize.ts';

export interface BesideOptions {
  /** The project's folder. */
  root: string;
  home: string;
  print: (line: string) => void;
  gateway: GatewayOptions;
  machine: Machine;
  principals: Principals;
  /** What the app is given as context: the outputs of Tollgate's stack. */
  context: Readonly<Record<string, string>>;
}

export interface Beside {
  stackName: string;
  url: string;
  api: Api;
  /** Synthesizes the app again, and serves that. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param app the file of the app's entry
 * @throws SynthesisFailed, UnsupportedTemplate
 */
export async function serveBeside(app: string, options: BesideOptions): Promise<Beside> {
  const { root, home, print, machine, principals, context } = options;
  const gateway = createGateway(options.gateway);
  const url = `http://127.0.0.1:${(await gateway.listen(0)).port}`;
  const stage = createStage(gateway, principals, home, print);
  const close = async () => {
    await gateway.close();
    await stage.close();
  };
  const output = join(home, `cdk.out.${basename(dirname(app))}`);
  const serve = async () => {
    await rm(output, { recursive: true, force: true });
    await synthesize({ root, app, output, context });
    const deployment = await deploy(await readCloudAssembly(output), { ...machine, url });
    await stage.put(deployment);
    return deployment;
  };
  try {
    const { stackName, api } = await serve();
    return { stackName, url, api, close, reload: async () => void (await serve()) };
  } catch (error) {
    await close();
    throw error;
  }
}
