/** Lines of logs, wherever they are: CloudWatch Logs, the local runner's files, files that somebody has saved. */
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { CommandFailure, EXIT, messageOf } from '../failure.ts';
import type { Target, TargetOptions } from '../target.ts';
import type { Period } from './period.ts';

/** A line, and where it stands: enough to find it again. */
export interface LogLine {
  text: string;
  where: string;
}

/** Which lines are wanted: of the functions' logs those with a word in them, or all of the gateway's. */
export type Wanted = { of: 'functions'; word: string } | { of: 'gateway' };

export interface LogOptions extends TargetOptions {
  file?: string[];
}

/** The gateway's log is beside those of the functions. */
const ACCESS_LOG = 'access.log';

/**
 * @param period in which they were written
 * @throws {CommandFailure} while it is iterated, where a log cannot be read
 */
export async function* logLines(
  target: Target,
  { file, stack }: LogOptions,
  wanted: Wanted,
  period: Period,
): AsyncGenerator<LogLine> {
  if (file !== undefined) yield* filesLines(file);
  else if (stack === undefined) yield* filesLines(localFiles(target, wanted));
  else yield* cloudWatchLines(target, stack, wanted, period);
}

function localFiles({ logs }: Target, { of }: Wanted): string[] {
  if (logs === undefined || !existsSync(logs)) {
    const next = 'Start the runner with `npm run local` in this folder, or name a file with --file.';
    throw new CommandFailure(EXIT.usage, 'The local runner has no logs here.', next);
  }
  return readdirSync(logs)
    .filter((name) => name.endsWith('.log') && (name === ACCESS_LOG) === (of === 'gateway'))
    .sort()
    .map((name) => join(logs, name));
}

async function* filesLines(files: readonly string[]): AsyncGenerator<LogLine> {
  for (const file of files) {
    const input = file === '-' ? process.stdin : createReadStream(file);
    const name = file === '-' ? 'the standard input' : basename(file);
    let number = 0;
    try {
      for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
        number += 1;
        yield { text, where: `${name}:${number}` };
      }
    } catch (cause) {
      if (cause instanceof CommandFailure) throw cause;
      const next = 'Name a file of log lines, or - for the standard input.';
      throw new CommandFailure(EXIT.usage, `${file} cannot be read: ${messageOf(cause)}`, next, { cause });
    }
  }
}

/** A line may be some minutes later than its call. */
const LATER = 5 * 60_000;

async function* cloudWatchLines(
  { region, credentials }: Target,
  stack: string,
  wanted: Wanted,
  { from, to }: Period,
): AsyncGenerator<LogLine> {
  const { CloudWatchLogsClient, paginateFilterLogEvents } = await import('@aws-sdk/client-cloudwatch-logs');
  // The service takes few requests a second.
  const client = new CloudWatchLogsClient({ region, credentials, maxAttempts: 8 });
  try {
    for (const logGroupName of await logGroups(stack, { region, credentials }, wanted)) {
      const asked = {
        logGroupName,
        startTime: Math.max(0, from),
        endTime: to + LATER,
        ...(wanted.of === 'functions' && { filterPattern: `"${wanted.word}"` }),
      };
      for await (const { events = [] } of paginateFilterLogEvents({ client }, asked)) {
        for (const { message = '', eventId = '' } of events) {
          yield { text: message.trimEnd(), where: `${logGroupName} ${eventId}`.trim() };
        }
      }
    }
  } catch (error) {
    throw error instanceof CommandFailure ? error : logFailure(error);
  } finally {
    client.destroy();
  }
}

async function logGroups(
  StackName: string,
  config: Pick<Target, 'region' | 'credentials'>,
  { of }: Wanted,
): Promise<string[]> {
  const { CloudFormationClient, paginateListStackResources } = await import('@aws-sdk/client-cloudformation');
  const client = new CloudFormationClient(config);
  const names: string[] = [];
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName })) {
    for (const { ResourceType, LogicalResourceId = '', PhysicalResourceId } of StackResourceSummaries) {
      const isGateways = /AccessLog/.test(LogicalResourceId);
      if (ResourceType !== 'AWS::Logs::LogGroup' || isGateways !== (of === 'gateway')) continue;
      if (PhysicalResourceId !== undefined) names.push(PhysicalResourceId);
    }
  }
  client.destroy();
  return names;
}

function logFailure(cause: unknown): CommandFailure {
  const { $metadata } = cause as { $metadata?: { httpStatusCode?: number } };
  const message = messageOf(cause);
  return $metadata?.httpStatusCode === undefined
    ? new CommandFailure(EXIT.unreachable, `The logs cannot be read: ${message}`, 'Check your connection.', {
        cause,
      })
    : new CommandFailure(
        EXIT.refused,
        `AWS refused to show the logs: ${message}`,
        'Your AWS identity needs cloudformation:ListStackResources, and logs:FilterLogEvents on the log groups.',
        { cause },
      );
}
