/** What has to be right before anything else: the way there, the clocks, and how much a server says about itself. */
import type { Answer } from './answers.ts';
import { type Check, few, quoted, verdicts } from './check.ts';
import { isSafe } from './discovery.ts';
import type { Exchange, Reply } from './http.ts';

const { ok, warning, failed, skipped } = verdicts('Connection');

/** @param first the first exchange of all */
export function checkReachable(url: string, first: Exchange): Check {
  if (first.ok) return ok('reachable', `${url} answers.`);
  const next = 'Check the address and your connection, and that the deployment is done.';
  return failed('reachable', `${url} did not answer: ${first.reason}.`, next);
}

/** @param answers that no cache may have kept, so that their dates are of now */
export function checkConnection(url: string, first: Reply, answers: readonly Answer[]): Check[] {
  const replies = answers.flatMap(({ exchange }) => (exchange.ok ? [exchange.reply] : []));
  return [checkHttps(url), checkClock(replies[0] ?? first), checkSilence([first, ...replies])];
}

function checkHttps(url: string): Check {
  const { protocol } = new URL(url);
  if (protocol === 'https:')
    return ok('connection.https', 'The way there is encrypted, and the certificate good.');
  if (isSafe(new URL(url))) return ok('connection.https', 'The way there does not leave this machine.');
  const next = 'Use https: keys, passwords and tokens can be read on the way.';
  return failed('connection.https', 'The way there is not encrypted.', next);
}

/** Seconds by which the clocks may differ. */
const NOTICEABLE = 5;
const TOO_MUCH = 60;

function checkClock({ headers, sentAt, receivedAt }: Reply): Check {
  const id = 'connection.clock';
  const date = Date.parse(headers.date ?? '');
  if (Number.isNaN(date)) {
    const next = 'Compare the clocks by hand: tokens are refused before they begin and after they end.';
    return skipped(id, `The server does not say what time it is (Date: ${quoted(headers.date)}).`, next);
  }
  // The header has no fractions: it was this second, at some time between question and answer.
  const ahead = Math.max(0, date - receivedAt) / 1000;
  const behind = Math.max(0, sentAt - (date + 1000)) / 1000;
  const difference = Math.round(ahead + behind);
  if (difference <= NOTICEABLE) return ok(id, "The server's clock and this machine's agree.");
  const says = `The server's clock is ${difference} s ${ahead > 0 ? 'ahead of' : 'behind'} this machine's.`;
  const next =
    'Set the one that is wrong by NTP, most likely that of this machine: tokens are refused by a clock that differs.';
  return difference > TOO_MUCH ? failed(id, says, next) : warning(id, says, next);
}

const TALKATIVE = ['server', 'x-powered-by', 'x-aspnet-version', 'x-runtime'];

/** A name alone (`CloudFront`) tells nobody where to aim; a version does. */
function checkSilence(replies: readonly Reply[]): Check {
  const said = replies.flatMap(({ headers }) =>
    TALKATIVE.filter(
      (name) => /\d/.test(headers[name] ?? '') || (name !== 'server' && headers[name] !== undefined),
    ).map((name) => `${name}: ${quoted(headers[name])}`),
  );
  if (said.length === 0) return ok('connection.silence', 'No header says which software this is.');
  const next =
    'Take these headers away where they are added: they help nobody but who looks for known holes.';
  return warning(
    'connection.silence',
    `Headers say which software this is: ${few([...new Set(said)])}.`,
    next,
  );
}
