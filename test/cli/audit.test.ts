import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditRecord, Trail } from '../../cli/audit.ts';
import { follow } from '../../cli/audit-follow.ts';
import { CommandFailure, EXIT } from '../../cli/failure.ts';
import { MINUTE, NOW, SECOND } from '../support/clock.ts';
import { operated } from './operated.ts';
import type { SeenRequest } from './operator-api.ts';

const change = (changes: Partial<AuditRecord> = {}): AuditRecord => ({
  ...{ at: '2026-11-22T12:00:00.000Z', request_id: 'r-1', index: 0, source_ip: '203.0.113.7' },
  ...{ operator: 'arn:aws:sts::123456789012:assumed-role/Admin/bob', route: 'PUT /admin/budgets' },
  ...{ action: 'budget.set', target: { client: 'reader' }, outcome: 'done', status: 200 },
  ...changes,
});
const page = (records: AuditRecord[], more: object = {}) => ({
  ...{ from: '2026-11-21T12:00:00.000Z', to: '2026-11-22T12:00:01.000Z', records },
  ...more,
});

const { api, place } = await operated();
beforeEach(() => {
  api.take();
});

const queryOf = ({ path }: SeenRequest) => Object.fromEntries(new URL(path, 'http://any').searchParams);
const tail = (...args: string[]) => place.runHere(['audit', 'tail', '--local', ...args]);

describe('tollgate audit tail', () => {
  it('shows who changed what and what became of it, the latest last', async () => {
    const refused = { outcome: 'refused', status: 409, code: 'client_in_use' };
    const details = { day: 5_000_000 };
    const records = [
      change({ at: '2026-11-22T12:00:02.000Z', action: 'client.delete', ...refused }),
      change({ at: '2026-11-22T12:00:01.000Z', target: { client: 'a', credential: 'b' }, details }),
      change({ outcome: 'unknown', operator: 'a\u001b[2Jb' }),
    ];
    api.answer(200, page(records));
    const { code, stdout, stderr } = await place.run(['audit', 'tail', '--local']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      '2026-11-22T12:00:00Z  unknown (200)  budget.set  client=reader  by a [2Jb',
      '2026-11-22T12:00:01Z  done  budget.set  client=a  credential=b  by assumed-role/Admin/bob  {"day":5000000}',
      '2026-11-22T12:00:02Z  refused (409 client_in_use)  client.delete  client=reader  by assumed-role/Admin/bob',
      '',
    ]);
    expect(api.take()).toMatchObject([{ method: 'GET', signed: true }]);
  });

  it('reads all pages, and prints each change as JSON on a line of its own', async () => {
    const [first, second] = [change({ request_id: 'r-2', added_later: 1 }), change()];
    api.serve(async (request) => ({
      status: 200,
      body: queryOf(request).cursor === 'c' ? page([second]) : page([first], { next: 'c' }),
    }));
    const { stdout } = await tail('--json');
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([second, first]);
  });

  it('asks for what was said, as far back as was said', async () => {
    api.answer(200, page([]));
    const { stdout } = await tail(
      ...['--since', '1h', '--operator', 'bob', '--action', 'client', '--target', 'client:ci'],
    );
    expect(stdout).toBe('Nothing was changed.\n');
    const [query] = api.take().map(queryOf);
    expect(query).toMatchObject({ operator: 'bob', action: 'client', target: 'client:ci' });
    const back = Date.now() - Date.parse(query?.from ?? '');
    expect(back).toBeGreaterThanOrEqual(60 * MINUTE);
    expect(back).toBeLessThan(61 * MINUTE);
  });

  it('says what to do where the server refuses', async () => {
    api.answer(403, { message: 'Forbidden' });
    const { code, stderr } = await tail();
    expect([code, stderr]).toEqual([1, expect.stringContaining('execute-api:Invoke on GET /admin/audit')]);
    expect((await tail('--since', 'yesterday')).code).toBe(2);
  });

  it('follows until Ctrl-C, over a server that does not answer, and ends cleanly', async () => {
    let asked = 0;
    api.serve(async () => {
      asked += 1;
      return asked === 1 ? { status: 200, body: page([change()]) } : { status: 503, body: { code: 'x' } };
    });
    const command = fileURLToPath(new URL('../../bin/tollgate.mjs', import.meta.url));
    const args = [command, 'audit', 'tail', '--local', '--follow', '--json'];
    const child = spawn(process.execPath, args, { cwd: place.folder, env: { PATH: '', HOME: place.folder } });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
      });
    }
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    const [code, signal] = await once(child, 'exit');
    expect({ code, signal, stderr: output.stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    expect(JSON.parse(output.stdout)).toEqual(change());
  });
});

describe('following', () => {
  const at = (offset: number) => new Date(NOW + offset).toISOString();
  type Look = (from: number) => Trail | Error;

  /** Runs as many looks as are given. @returns what was shown, what was said, and from when each look read */
  async function looks(...given: Look[]) {
    const [shown, said, froms] = [[] as string[], [] as string[], [] as number[]];
    let next = 0;
    await follow(
      {
        read: async (from) => {
          froms.push(from);
          const trail = given[next++]?.(from) ?? { records: [], to: NOW };
          if (trail instanceof Error) throw trail;
          return { ...trail, records: trail.records.filter((one) => Date.parse(one.at) >= from) };
        },
        show: (record) => shown.push(`${record.request_id} ${record.outcome}`),
        say: (text) => said.push(text),
        pause: async () => next < given.length,
      },
      NOW - MINUTE,
    );
    return { shown, said, froms };
  }
  const lost = () => new CommandFailure(EXIT.unreachable, 'It did not answer.', 'Try.');

  it('shows each change once, however often it is read', async () => {
    const records = [change({ at: at(-1) }), change({ at: at(-1), index: 1 })];
    const { shown } = await looks(...[0, 3, 6].map((to) => () => ({ records, to: NOW + to * SECOND })));
    expect(shown).toEqual(['r-1 done', 'r-1 done']);
  });

  it('shows a change that was written late: a request may take half a minute', async () => {
    const early = change({ at: at(0), request_id: 'early' });
    const late = change({ at: at(-20 * SECOND), request_id: 'late' });
    const { shown } = await looks(
      () => ({ records: [early], to: NOW + SECOND }),
      () => ({ records: [late, early], to: NOW + 10 * SECOND }),
    );
    expect(shown).toEqual(['early done', 'late done']);
  });

  it('waits for the end of a change that is under way, and tells of one that never ended', async () => {
    const begun = change({ at: at(0), request_id: 'slow', outcome: 'unknown' });
    const never = change({ at: at(1), request_id: 'never', outcome: 'unknown' });
    const ended = { ...begun, outcome: 'done' };
    const { shown } = await looks(
      () => ({ records: [begun, never], to: NOW + 3 * SECOND }),
      () => ({ records: [ended, never], to: NOW + 6 * SECOND }),
      () => ({ records: [ended, never], to: NOW + 50 * SECOND }),
    );
    expect(shown).toEqual(['slow done', 'never unknown']);
  });

  it('goes on where a network dropped, however long, and says so once', async () => {
    const missed = change({ at: at(5 * MINUTE), request_id: 'missed' });
    const { shown, said, froms } = await looks(
      () => ({ records: [change({ at: at(0) })], to: NOW }),
      lost,
      lost,
      () => ({ records: [change({ at: at(0) }), missed], to: NOW + 60 * MINUTE }),
    );
    expect(shown).toEqual(['r-1 done', 'missed done']);
    expect(said).toEqual(['It did not answer. It is asked again until it does.', 'It answers again.']);
    expect(new Set(froms.slice(1)).size).toBe(1);
  });

  it('ends where the server refuses, and with a mistake', async () => {
    const refused = () => new CommandFailure(EXIT.refused, 'Refused.', 'No.');
    await expect(looks(refused)).rejects.toThrow('Refused.');
    await expect(looks(() => new Error('a mistake'))).rejects.toThrow('a mistake');
    const throttled = () => new CommandFailure(EXIT.refused, 'Too many.', 'Wait.', { again: true });
    expect(
      (await looks(throttled, () => ({ records: [change({ at: at(0) })], to: NOW }))).shown,
    ).toHaveLength(1);
  });

  it('does not grow: what cannot come again is forgotten', async () => {
    const { froms } = await looks(
      ...Array.from({ length: 5 }, (_, n) => () => ({ records: [], to: NOW + n * 10 * MINUTE })),
    );
    expect(froms).toEqual([
      NOW - MINUTE,
      NOW - MINUTE,
      ...[1, 2, 3].map((n) => NOW + n * 10 * MINUTE - 2 * MINUTE),
    ]);
  });
});
