/** Runs after the end-to-end tests: what all functions logged, while they were called in every way. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';

const logs = inject('logs');

/** What no log line may contain, whoever's it is. */
const secrets: [what: string, form: RegExp][] = [
  ['a token', /eyJ[\w-]{8,}\.[\w-]{8,}/],
  ['an API key', /tg_[A-Za-z0-9._-]+_[a-z0-9]{8}_[0-9A-Za-z]{8,}/],
  ['a client secret', /tgs_[a-z0-9]{8}_[0-9A-Za-z]{8,}/],
  ['a refresh token', /tgr_[0-9A-Za-z]{8,}/],
  ['Basic credentials', /Basic [A-Za-z0-9+/]{8,}/],
  ['a private key', /"(?:d|p|q|dp|dq|qi)"\s*:\s*"[\w-]{20,}/],
  ['a password hash', /\$scrypt\$/],
];

// A deployment elsewhere keeps its logs in its account.
describe.runIf(logs !== undefined)('the logs of the whole run', () => {
  const text = read(logs ?? '');

  it('are there', () => {
    expect(text).toContain('"jti"');
    expect(text).toContain('"LoginFailed"');
  });

  it.each(secrets)('contain no %s', (_, form) => {
    expect(text.match(form)?.[0].slice(0, 4)).toBeUndefined();
  });

  it("contain no demo client's secret", () => {
    const { clients } = JSON.parse(readFileSync(inject('contract'), 'utf8')) as {
      clients: Record<string, { clientSecret?: string; apiKey?: string; password?: string }>;
    };
    for (const { clientSecret, apiKey, password } of Object.values(clients)) {
      for (const secret of [clientSecret, apiKey, password]) {
        expect(secret === undefined || !text.includes(secret)).toBe(true);
      }
    }
  });
});

function read(folder: string): string {
  if (folder === '') return '';
  return readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
}
