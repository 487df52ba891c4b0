/** A server as the command meets it: an operator route that verifies SigV4, and CloudFormation beside it. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';

export interface SeenRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
  /** Whether the signature is that of the operator's key, over this very request. */
  signed: boolean;
}

/** Answers to the operator routes, and to CloudFormation's `DescribeStacks` by the stack's name. */
export interface OperatorApi {
  url: string;
  /** What came in since the last call of this. */
  take(): SeenRequest[];
  answer(status: number, body: unknown, headers?: Record<string, string>): void;
  /** The answer to one method alone, or to one method and path; {@link answer} replaces it again. */
  answerTo(route: string, status: number, body: unknown, headers?: Record<string, string>): void;
  /** Takes so many requests in, and ends the connection without an answer. */
  drop(times: number): void;
  /** Answers by what was asked; {@link answer} replaces it again. */
  serve(
    handler: (
      request: SeenRequest,
    ) => Promise<{ status: number; body: unknown; headers?: Record<string, string> }>,
  ): void;
  stacks: Map<string, Record<string, string>>;
  /** What CloudWatch Logs has, by the logical id of the group; every stack has all of them. */
  logs: Map<string, LogEvent[]>;
  close(): Promise<void>;
}

export interface LogEvent {
  timestamp: number;
  message: string;
}

export const operator = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'operators-secret-for-tests',
  region: 'eu-central-1',
};

export async function startOperatorApi(): Promise<OperatorApi> {
  const seen: SeenRequest[] = [];
  const stacks: OperatorApi['stacks'] = new Map();
  const logs: OperatorApi['logs'] = new Map();
  let answer = { status: 500, body: '', headers: {} };
  let handler: Parameters<OperatorApi['serve']>[0] | undefined;
  let dropping = 0;
  const answersTo = new Map<string, typeof answer>();
  const server = createServer(async (request, response) => {
    const one = await read(request);
    const target = one.headers['x-amz-target'];
    if (target === 'Logs_20140328.FilterLogEvents') {
      const { status, body } = filterLogEvents(logs, JSON.parse(one.body));
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
      return;
    }
    if (one.path === '/' && one.body.includes('Action=ListStackResources')) {
      response.writeHead(200, { 'content-type': 'text/xml' }).end(listLogGroups(logs));
      return;
    }
    if (one.path === '/') {
      const { status, xml } = describe(stacks, new URLSearchParams(one.body).get('StackName') ?? '');
      response.writeHead(status, { 'content-type': 'text/xml' }).end(xml);
      return;
    }
    seen.push(one);
    if (dropping > 0) {
      dropping -= 1;
      request.socket.destroy();
      return;
    }
    if (handler !== undefined) {
      const { status, body, headers } = await handler(one);
      response.writeHead(status, headers).end(textOf(body));
      return;
    }
    const { status, headers, body } =
      answersTo.get(`${one.method} ${one.path}`) ?? answersTo.get(one.method) ?? answer;
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take: () => seen.splice(0),
    answer: (status, body, headers = {}) => {
      answersTo.clear();
      handler = undefined;
      answer = { status, body: textOf(body), headers };
    },
    answerTo: (route, status, body, headers = {}) => {
      answersTo.set(route, { status, body: textOf(body), headers });
    },
    drop: (times) => {
      dropping = times;
    },
    serve: (handle) => {
      handler = handle;
    },
    stacks,
    logs,
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}

const textOf = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body));

async function read(request: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method = '', url: path = '', headers: all } = request;
  const headers = Object.fromEntries(Object.entries(all).map(([name, value]) => [name, String(value)]));
  const seen = { method, path, headers, body: Buffer.concat(chunks).toString() };
  return { ...seen, signed: await isSigned(seen) };
}

/** Signs the request again, with the headers that it says are signed, and compares. */
async function isSigned({ method, path, headers, body }: Omit<SeenRequest, 'signed'>): Promise<boolean> {
  const names = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '')?.[1]?.split(';') ?? [];
  if (names.length === 0) return false;
  const { region, ...credentials } = operator;
  const { pathname, searchParams } = new URL(path, 'http://any');
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });
  const again = await signer.sign(
    {
      method,
      protocol: 'http:',
      hostname: headers.host ?? '',
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: Object.fromEntries(names.map((name) => [name, headers[name] ?? ''])),
      ...(body !== '' && { body }),
    },
    { signingDate: dateOf(headers['x-amz-date']) },
  );
  return names.includes('host') && again.headers.authorization === headers.authorization;
}

const dateOf = (text = ''): Date =>
  new Date(text.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));

function describe(stacks: OperatorApi['stacks'], name: string): { status: number; xml: string } {
  const outputs = stacks.get(name);
  if (outputs === undefined) {
    const error = `<Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id ${name} does not exist</Message>`;
    return { status: 400, xml: `<ErrorResponse><Error>${error}</Error></ErrorResponse>` };
  }
  const members = Object.entries(outputs).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  const stack = `<member><StackName>${name}</StackName><Outputs>${members.join('')}</Outputs></member>`;
  const result = `<DescribeStacksResult><Stacks>${stack}</Stacks></DescribeStacksResult>`;
  return { status: 200, xml: `<DescribeStacksResponse>${result}</DescribeStacksResponse>` };
}

const groupOf = (logicalId: string): string => `Tollgate-${logicalId}-1A2B`;

function listLogGroups(logs: OperatorApi['logs']): string {
  const members = [...logs.keys()].map(
    (
      id,
    ) => `<member><ResourceType>AWS::Logs::LogGroup</ResourceType><LogicalResourceId>${id}</LogicalResourceId>
      <PhysicalResourceId>${groupOf(id)}</PhysicalResourceId></member>`,
  );
  const result = `<StackResourceSummaries>${members.join('')}</StackResourceSummaries>`;
  return `<ListStackResourcesResponse><ListStackResourcesResult>${result}</ListStackResourcesResult></ListStackResourcesResponse>`;
}

interface FilterLogEvents {
  logGroupName: string;
  startTime: number;
  endTime: number;
  filterPattern?: string;
  nextToken?: string;
}

/** One event a page, as CloudWatch may do it: the first page is empty, and there are more. */
function filterLogEvents(logs: OperatorApi['logs'], asked: FilterLogEvents) {
  const [, events] = [...logs].find(([id]) => groupOf(id) === asked.logGroupName) ?? [];
  if (events === undefined)
    return { status: 400, body: { __type: 'ResourceNotFoundException', message: 'no group' } };
  const word = asked.filterPattern?.replace(/^"|"$/g, '') ?? '';
  const found = events.filter(
    ({ timestamp, message }) =>
      timestamp >= asked.startTime && timestamp <= asked.endTime && message.includes(word),
  );
  const at = Number(asked.nextToken ?? '0');
  const page = found
    .slice(Math.max(0, at - 1), at)
    .map((event, index) => ({ ...event, eventId: `event-${at + index}` }));
  return { status: 200, body: { events: page, ...(at < found.length && { nextToken: String(at + 1) }) } };
}
