/** The steps of the tour: a request each, printed with what came back and whether that was expected. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import pc from 'picocolors';
import { signedFetch } from '../../cli/signed-fetch.ts';
import type { Contract } from './runner.ts';

export interface Answer {
  status: number;
  headers: Headers;
  /** The body, parsed where it is JSON. */
  body: unknown;
}

export interface Step {
  title: string;
  request: [method: string, path: string, headers?: Record<string, string>, body?: string];
  expect: (answer: Answer) => boolean;
  expected: string;
}

export interface OperatorStep extends Omit<Step, 'request'> {
  request: [method: 'POST' | 'PUT', path: string, content?: Record<string, unknown>];
}

/** Something that is done here, and not asked of the API. */
export interface LocalStep {
  title: string;
  /** As a program would have it. */
  code: string;
  act: () => Promise<unknown>;
  expect: (result: unknown) => boolean;
  expected: string;
}

/** Something that an operator does at a terminal. */
export interface CommandStep {
  title: string;
  /** What follows `npx tollgate`, without `--local`. */
  command: string;
  /** Secrets, which are never arguments. */
  secrets?: Record<string, string>;
  /** How it has to end: 0 for done, 1 for refused. */
  code?: number;
  expect: (output: string) => boolean;
  expected: string;
}

/** Walks through the steps against one deployment, and remembers how each of them ended. */
export class Tour {
  readonly outcomes: boolean[] = [];
  readonly #contract: Contract;

  constructor(contract: Contract) {
    this.#contract = contract;
  }

  part(title: string): void {
    console.log(`\n${pc.bold(pc.underline(title))}`);
  }

  chapter(title: string): void {
    console.log(`\n${pc.bold(title)}`);
  }

  /** Sends a request as any client would. */
  async step({ title, request, expect, expected }: Step): Promise<Answer> {
    const [method, path, headers = {}, body] = request;
    announce(title, `${method} ${path}`, headers, body);
    const answer = await this.#send(method, path, headers, body);
    this.#judge(answer, expect, expected);
    return answer;
  }

  /** Sends JSON as an operator: signed with AWS credentials. */
  async operate({
    title,
    request: [method, path, content],
    expect,
    expected,
  }: OperatorStep): Promise<Answer> {
    const body = content === undefined ? undefined : JSON.stringify(content);
    announce(title, `${method} ${path}`, { authorization: 'AWS4-HMAC-SHA256 …' }, body);
    const { url, aws } = this.#contract;
    const { region, accessKeyId, secretAccessKey } = aws;
    const target = { kind: 'local' as const, url, region, credentials: { accessKeyId, secretAccessKey } };
    const answer = { ...(await signedFetch(target, { method, path, content })), headers: new Headers() };
    this.#judge(answer, expect, expected);
    return answer;
  }

  /** Does something here; what it throws is a result that nobody expected. */
  async act({ title, code, act, expect, expected }: LocalStep): Promise<void> {
    announce(title, code, {});
    const result = await act().catch((error: unknown) => String(error));
    this.#mark(expect(result), 'done', expected);
    show(result);
  }

  /** Runs the operator's command as a process. @returns what it printed */
  async command({ title, command, secrets = {}, code = 0, expect, expected }: CommandStep): Promise<string> {
    const given = Object.entries(secrets).map(([name, value]) => `${name}=${value} `);
    announce(title, shortened(`${given.join('')}npx tollgate ${command} --local`), {});
    const ended = await tollgate(command.split(' '), secrets);
    this.#mark(ended.code === code && expect(ended.output), `exit code ${ended.code}`, expected);
    show(ended.output);
    return ended.output;
  }

  /** @param seconds how long nothing happens */
  async wait(seconds: number): Promise<void> {
    console.log(pc.dim(`\n  … ${seconds} s`));
    await sleep(seconds * 1000);
  }

  /** Sends a request several times, unseen. @returns the statuses */
  async repeat([method, path, headers = {}, body]: Step['request'], times: number): Promise<number[]> {
    const statuses: number[] = [];
    while (statuses.length < times) statuses.push((await this.#send(method, path, headers, body)).status);
    return statuses;
  }

  #judge(answer: Answer, expect: Step['expect'], expected: string): void {
    this.#mark(expect(answer), String(answer.status), expected);
    for (const name of ['authorization', 'www-authenticate', 'location', 'retry-after']) {
      const value = answer.headers.get(name);
      if (value !== null) console.log(`      ${name}: ${shortened(value)}`);
    }
    show(answer.body);
  }

  #mark(passed: boolean, says: string, expected: string): void {
    this.outcomes.push(passed);
    const mark = passed ? pc.green('✔') : pc.red('✘');
    console.log(`    ${mark} ${says}${passed ? '' : pc.red(`, expected ${expected}`)}`);
  }

  async #send(method: string, path: string, headers: Record<string, string>, body?: string): Promise<Answer> {
    const response = await fetch(this.#contract.url + path, {
      method,
      headers,
      signal: AbortSignal.timeout(30_000),
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }
}

/** The output of a command is of both streams, as a terminal shows it. */
async function tollgate(words: string[], secrets: Record<string, string>) {
  const child = spawn(process.execPath, ['bin/tollgate.mjs', ...words, '--local'], {
    env: { ...process.env, ...secrets },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

export const basic = (user: string, secret: string): string =>
  `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;

/** @returns a member of an answer's JSON body. */
export const field = (answer: Answer, name: string): unknown =>
  (answer.body as Record<string, unknown> | undefined)?.[name];

function show(body: unknown = ''): void {
  const text = (typeof body === 'string' ? body : JSON.stringify(body, undefined, 2)).trimEnd();
  if (text === '') return;
  for (const line of text.split(/\r?\n/)) console.log(`      ${shortened(line)}`);
}

function announce(title: string, request: string, headers: Record<string, string>, body?: string): void {
  console.log(`\n  ${pc.cyan(title)}`);
  console.log(`    ${pc.bold(request)}`);
  for (const [name, value] of Object.entries(headers))
    console.log(pc.dim(`    ${name}: ${shortened(value)}`));
  if (body !== undefined) console.log(pc.dim(`    ${shortened(body)}`));
}

/**
 * Tokens and secrets are long and say nothing: their beginning is enough to recognise them, and their end, which is
 * a signature's or a checksum's, to tell one from another. Names in a document are no secrets, however long.
 */
const shortened = (text: string): string =>
  text
    .replace(/Basic ([\w+/]{8})[\w+/=]+/, 'Basic $1…')
    .replace(/[\w.-]{48,}(?![\w.-]|": )/g, (long) => `${long.slice(0, 16)}…${long.slice(-6)}`);
