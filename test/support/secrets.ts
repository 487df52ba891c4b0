/** A real Secrets Manager endpoint for the tests, and clients of it that count their calls or die on one. */
import { randomUUID } from 'node:crypto';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { secretsManagerClient } from '../../lambdas/crypto/secrets-manager.ts';
import type { KeyMaterial } from '../../lambdas/domain/key-ring.ts';
import { startSecretsManager } from '../../local/secrets-manager.ts';
import { testCredentials } from './dynamodb.ts';

/** Decides for each call of a client, counted from 1. */
export type Fault = (call: number) => 'before' | 'after' | undefined;

/** What a run that was interrupted dies of. */
export class Interrupted extends Error {}

export async function testSecrets() {
  const endpoint = await startSecretsManager();
  const operations: string[] = [];
  const clients: SecretsManagerClient[] = [];

  /** @param fault after or before which call the caller dies; the endpoint has or has not seen the call then */
  const newClient = (fault: Fault = () => undefined): SecretsManagerClient => {
    const client = secretsManagerClient({
      endpoint: endpoint.url,
      region: 'us-east-1',
      credentials: testCredentials,
      maxAttempts: 1,
    });
    let calls = 0;
    client.middlewareStack.add(
      (next, context) => async (args) => {
        calls += 1;
        const dies = fault(calls);
        if (dies === 'before') throw new Interrupted();
        operations.push(String(context.commandName).replace(/Command$/, ''));
        const answer = await next(args).catch((error: unknown) => {
          throw dies === 'after' ? new Interrupted() : error;
        });
        if (dies === 'after') throw new Interrupted();
        return answer;
      },
      { step: 'initialize' },
    );
    clients.push(client);
    return client;
  };

  return {
    client: newClient(),
    newClient,
    /** A secret without a value. @returns its ARN */
    createSecret: async () => (await endpoint.createSecret(`test/${randomUUID()}`)).arn,
    /** The operations of all clients since the last call of this. */
    takeOperations: () => operations.splice(0),
    close: async () => {
      for (const client of clients) client.destroy();
      await endpoint.close();
    },
  };
}

export type TestSecrets = Awaited<ReturnType<typeof testSecrets>>;

/** @returns a source that gives the keys in turn: made once, because a real RSA key takes its time. */
export function keysFrom(pool: readonly KeyMaterial[]): () => Promise<KeyMaterial> {
  let given = 0;
  return async () => {
    const key = pool[given];
    if (key === undefined) throw new Error('the pool of keys is too small for this test');
    given += 1;
    return key;
  };
}
