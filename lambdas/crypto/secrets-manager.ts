/** The client of Secrets Manager, and how its failures look from outside `crypto/`. */
import {
  GetSecretValueCommand,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
} from '@aws-sdk/client-secrets-manager';
import { StoreUnavailable } from '../domain/ports.ts';

/**
 * @param config what differs from the defaults: the endpoint and credentials of a test. Region, credentials and
 *   `AWS_ENDPOINT_URL_SECRETS_MANAGER` are otherwise read by the SDK itself.
 * @returns a client that gives up early: at most three attempts, each with 500 ms to connect and 1,500 ms to
 *   answer
 */
export const secretsManagerClient = (config: SecretsManagerClientConfig = {}): SecretsManagerClient =>
  new SecretsManagerClient({
    maxAttempts: 3,
    // Without the throw the SDK only warns; and the timer ends with the headers, so a stalled body needs its own.
    requestHandler: {
      connectionTimeout: 500,
      requestTimeout: 1_500,
      throwOnRequestTimeout: true,
      socketTimeout: 1_500,
    },
    ...config,
  });

/** Where a secret is: its name or ARN, and the client that reaches it. */
export interface SecretAccess {
  client: SecretsManagerClient;
  secretId: string;
}

/** The current version of a secret. */
export interface SecretVersion {
  version: string;
  text: string;
}

/**
 * Reads the current version of a secret.
 *
 * @returns the version, or `undefined` where the secret has no value yet
 * @throws {StoreUnavailable} with the SDK's error as `cause`
 */
export async function readSecret({ client, secretId }: SecretAccess): Promise<SecretVersion | undefined> {
  try {
    const { VersionId, SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
    // AWS stores no empty string; an emulator may, for a secret that was created without a value.
    if (SecretString === '') return undefined;
    return { version: VersionId ?? '', text: SecretString ?? '' };
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined;
    throw new StoreUnavailable('reading a secret failed', { cause: error });
  }
}
