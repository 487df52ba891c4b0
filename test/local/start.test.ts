import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDemoClients } from '../../local/demo-clients.ts';
import { createGateway, type Gateway } from '../../local/gateway.ts';
import { createKeyCache } from '../../local/jwks.ts';
import { createJwtAuthorizer } from '../../local/jwt-authorizer.ts';
import { startRunner } from '../../local/runner.ts';

const operator = { accessKeyId: 'LOCALOPERATOR', secretAccessKey: 'the-operator-of-this-test' };

let gateway: Gateway;
let port: number;

beforeEach(async () => {
  const authorize = createJwtAuthorizer(createKeyCache(Date.now), Date.now);
  gateway = createGateway({ clock: Date.now, authorize, operator });
  ({ port } = await gateway.listen(0));
});

afterEach(() => gateway.close());

describe('starting the runner', () => {
  it('says what to do where the port is in use, and leaves nothing behind', async () => {
    const home = await mkdtemp(join(tmpdir(), 'tollgate-start-'));
    const options = { root: '.', home, port, data: undefined, fresh: false, watch: false, verbose: false };
    await expect(startRunner({ ...options, print: () => undefined })).rejects.toThrow(
      `port ${port} is in use, perhaps by a runner that is up already. End it, or choose another port: npm run local -- --port ${port + 1}`,
    );
    expect(await readdir(home)).toEqual([]);
    await rm(home, { recursive: true });
  });
});

describe('the demo clients', () => {
  it('come from the signed operator route', async () => {
    const asked: unknown[] = [];
    serve((body) => {
      asked.push(body);
      const { client_id, kind } = body;
      const secrets = kind === 'user' ? { password: 'p' } : { client_secret: 's', api_key: 'k' };
      return { statusCode: 201, body: JSON.stringify({ client_id, kind, ...secrets }) };
    });
    expect(await create()).toEqual({
      reader: { clientId: 'reader', clientSecret: 's', apiKey: 'k' },
      writer: { clientId: 'writer', clientSecret: 's', apiKey: 'k' },
      gateway: { clientId: 'gateway', clientSecret: 's', apiKey: 'k' },
      alice: { clientId: 'alice', password: 'p' },
    });
    expect(asked).toMatchObject([
      { client_id: 'reader', scope: 'read:products read:usage', allowed_claims: ['userID', 'role'] },
      { client_id: 'writer', scope: 'read:products write:products read:usage' },
      { client_id: 'gateway', scope: 'read:products introspect:tokens' },
      { client_id: 'alice', kind: 'user' },
    ]);
  });

  it('are those of an earlier run where they are there already', async () => {
    serve(() => ({ statusCode: 409 }));
    const service = { clientId: 'reader', clientSecret: 's', apiKey: 'k' };
    const services = { reader: service, writer: service, gateway: service };
    const kept = { ...services, alice: { clientId: 'alice', password: 'p' } };
    expect(await create(kept)).toEqual(kept);
    await expect(create()).rejects.toThrow('start once more with --fresh');
  });

  it('are not made where the route refuses', async () => {
    serve(() => ({ statusCode: 500 }));
    await expect(create()).rejects.toThrow('creating the client reader was answered 500');
  });
});

type Answer = (body: Record<string, unknown>) => unknown;

function create(kept?: Parameters<typeof createDemoClients>[2]) {
  return createDemoClients(`http://127.0.0.1:${port}`, operator, kept);
}

function serve(answer: Answer): void {
  const route = {
    key: 'POST /admin/clients',
    authorization: { type: 'AWS_IAM' },
    functionName: 'clients',
    timeout: 1000,
  } as const;
  gateway.serve({ routes: [route], cors: undefined, throttles: new Map() }, async (_, event) => ({
    ok: true,
    value: answer(JSON.parse((event as { body: string }).body)),
  }));
}
