/** What the runner says on the terminal. */
import { basename, dirname } from 'node:path';
import pc from 'picocolors';
import type { Api, Authorization } from './api.ts';
import type { DemoClients } from './demo-clients.ts';
import type { BusEvent } from './event-bridge.ts';
import type { AccessRecord } from './gateway.ts';

/** What is served, and what it can be used with. */
interface Served {
  api: Api;
  clients: DemoClients;
  url: string;
  /** The file that tells other programs the same. */
  contract: string;
  beside: readonly { stackName: string; url: string; api: Api }[];
}

/** @returns the routes, the demo clients, a first call to copy, and how to operate it. */
export function announcement({ api, clients, url, contract, beside }: Served): string {
  const { reader, writer, gateway, alice } = clients;
  return [
    '',
    pc.bold('Routes'),
    ...routeRows(api),
    '',
    ...beside.flatMap((one) => [pc.bold(`${one.stackName}, on ${one.url}`), ...routeRows(one.api), '']),
    pc.bold('Demo clients') + pc.dim(`  (also in ${contract})`),
    ...columns([
      ['reader', `API key ${reader.apiKey}`],
      ['writer', `API key ${writer.apiKey}`],
      ['gateway', `API key ${gateway.apiKey}`],
      ['alice', `password ${alice.password}`],
    ]),
    '',
    pc.bold('A first login, and a call with its token'),
    `  TOKEN=$(curl -s -X POST ${url}/auth -H 'x-api-key: ${reader.apiKey}' | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
    `  curl -i ${url}/products/lamp -H "Authorization: Bearer $TOKEN"`,
    '',
    pc.bold('To operate it, in another terminal'),
    `  ${commandFor(contract)} --help`,
    `  ${commandFor(contract)} clients list --local`,
    '',
    `Listening on ${pc.bold(url)}. Ctrl-C ends it.`,
  ].join('\n');
}

/** Where the home is another than commands look into by themselves, they have to be told. */
const commandFor = (contract: string): string =>
  basename(dirname(contract)) === '.tollgate'
    ? 'npx tollgate'
    : `TOLLGATE_HOME='${dirname(contract)}' npx tollgate`;

const routeRows = (api: Api): string[] =>
  columns(
    api.routes
      .map(({ key, authorization }) => [...key.split(' '), access(authorization)])
      .toSorted(([, one = ''], [, other = '']) => one.localeCompare(other)),
  );

/** @returns one line for one request. */
export function accessLine({ status, method, path, latency, reason }: AccessRecord): string {
  const paint = status >= 500 ? pc.red : status >= 400 ? pc.yellow : pc.green;
  const why = reason === undefined ? '' : pc.dim(`  ${reason}`);
  return `${paint(String(status))} ${method.padEnd(6)} ${printable(path)} ${pc.dim(`${latency.toFixed(0)} ms`)}${why}`;
}

/** @returns one line for a call that a function's role does not allow. */
export const deniedLine = (sentence: string): string => `${pc.red('IAM')} ${sentence}`;

/** @returns one line for an event that a function put on the bus. */
export const eventLine = ({ 'detail-type': type, detail }: BusEvent): string =>
  `${pc.magenta('event')} ${onOneLine(type)} ${pc.dim(onOneLine(JSON.stringify(detail)))}`;

/** @returns a line on what works here, and would not on AWS. */
export const warningLine = (sentence: string): string => `${pc.yellow('!')} ${sentence}`;

/** @returns one line for a step that is done. */
export const stepLine = (what: string, milliseconds: number): string =>
  `${pc.green('✓')} ${what} ${pc.dim(`${(milliseconds / 1000).toFixed(1)} s`)}`;

function access(authorization: Authorization): string {
  if (authorization.type === 'AWS_IAM') return 'AWS credentials (SigV4)';
  if (authorization.type === 'NONE') return 'open';
  const { scopes } = authorization;
  return scopes.length > 0 ? `token with ${scopes.join(' or ')}` : 'any valid token';
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, text] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, text.length);
  }
  return rows.map((row) => `  ${row.map((text, at) => text.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd());
}

/** A path could otherwise move the terminal's cursor. */
const printable = (path: string): string => onOneLine(path).replaceAll(' ', '?').slice(0, 200);

const onOneLine = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?');
