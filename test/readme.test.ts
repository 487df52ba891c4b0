import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EVER, type Price } from '../lambdas/domain/ledger/price.ts';
import { formatDollars } from '../lambdas/domain/money.ts';
import { type Route, routes } from '../lambdas/routes.ts';

const README = new URL('../README.md', import.meta.url);
const TABLE = /(<!-- routes:.*-->\n)[\s\S]*?(<!-- \/routes -->)/;

describe('the README', () => {
  it('has the table of lambdas/routes.ts (npm test -- test/readme.test.ts -u writes it)', async () => {
    const text = readFileSync(README, 'utf8');
    expect(text).toMatch(TABLE);
    await expect(text.replace(TABLE, `$1${tableOf(routes)}$2`)).toMatchFileSnapshot(README.pathname);
  });

  it('names the command that installs and the command that tests first', () => {
    const [, first] = readFileSync(README, 'utf8').split('```');
    expect(first).toMatch(/^sh\nnpm ci .*\nnpm test .*\n$/);
  });
});

function tableOf(table: readonly Route[]): string {
  const rows = table.map(
    (route) =>
      `| \`${route.key}\` | ${accessOf(route)} | ${pricesOf(route)} | ${route.summary} | [\`${route.function}\`](lambdas/functions/${route.function}) |\n`,
  );
  return [
    '| route | access | price of a call | does | function |\n',
    '|---|---|---|---|---|\n',
    ...rows,
  ].join('');
}

/** All prices with their times, so that no day comes on which the table has to be written anew. */
const pricesOf = ({ price }: Route): string =>
  price.map(({ from, price }) => `${wordsOf(price)}${from === EVER ? '' : ` from ${from}`}`).join(', ');

function wordsOf({ perCall = 0, perKilobyteOut = 0, byHandler }: Price): string {
  const words = [
    perCall === 0 ? [] : [`$${formatDollars(perCall)}`],
    perKilobyteOut === 0 ? [] : [`$${formatDollars(perKilobyteOut)}/kB out`],
    byHandler === true ? ['set by the handler'] : [],
  ].flat();
  return words.length === 0 ? 'free' : words.join(' + ');
}

function accessOf({ access }: Route): string {
  switch (access.kind) {
    case 'open':
      return 'anyone';
    case 'client':
      return 'client authentication';
    case 'operator':
      return 'AWS credentials (IAM)';
    case 'token': {
      const list = (scopes: readonly string[], word: string) =>
        scopes.map((scope) => `\`${scope}\``).join(` ${word} `);
      const { own } = access;
      return [
        access.anyOf.length + access.allOf.length === 0 ? 'valid token' : '',
        list(access.anyOf, 'or'),
        list(access.allOf, 'and'),
        own === undefined
          ? ''
          : `own \`${own.pathParameter}\`${own.orScope === undefined ? '' : ` or \`${own.orScope}\``}`,
      ]
        .filter((part) => part !== '')
        .join(', ');
    }
  }
}
