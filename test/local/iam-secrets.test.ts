import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, describe, expect, it } from 'vitest';
import {
  allow,
  type LocalServices,
  type Statement,
  startLocalServices,
  templateWith,
} from '../support/local-services.ts';

let services: LocalServices | undefined;

afterEach(async () => {
  await services?.close();
  services = undefined;
});

async function functionThatMay(...statements: Statement[]) {
  services = await startLocalServices(templateWith(...statements));
  await services.operator.secrets.send(
    new PutSecretValueCommand({ SecretId: 'the/secret', SecretString: 'a value' }),
  );
  const { ARN } = await services.operator.secrets.send(new DescribeSecretCommand({ SecretId: 'the/secret' }));
  return { client: services.clientsOf(services.credentialsOf('Fn')).secrets, arn: ARN ?? '' };
}

const get = (SecretId: string) => new GetSecretValueCommand({ SecretId });
const put = (SecretId: string) => new PutSecretValueCommand({ SecretId, SecretString: 'another' });
const denied = { name: 'AccessDeniedException' };

describe('an action of Secrets Manager', () => {
  it('is allowed by its name, alone, however the secret is named', async () => {
    const { client, arn } = await functionThatMay(allow('secretsmanager:GetSecretValue', { Ref: 'Secret' }));
    for (const id of [arn, arn.slice(0, -7), 'the/secret']) {
      expect(await client.send(get(id))).toMatchObject({ SecretString: 'a value' });
      await expect(client.send(put(id))).rejects.toMatchObject(denied);
    }
  });

  it('that is denied is answered as AWS does, by the name that was asked for', async () => {
    const { client } = await functionThatMay();
    await expect(client.send(get('the/secret'))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message:
        'User: arn:aws:sts::123456789012:assumed-role/Test-Role/Test-Fn is not authorized to perform: secretsmanager:GetSecretValue on resource: the/secret because no identity-based policy allows the secretsmanager:GetSecretValue action',
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('on another secret is denied, whether that exists or not', async () => {
    const { client } = await functionThatMay(allow('secretsmanager:GetSecretValue', { Ref: 'Secret' }));
    await services?.operator.secrets.send(new CreateSecretCommand({ Name: 'other', SecretString: 'x' }));
    await expect(client.send(get('other'))).rejects.toMatchObject(denied);
    await expect(client.send(get('none'))).rejects.toMatchObject(denied);
  });

  it('is allowed by a pattern of names', async () => {
    const pattern = { 'Fn::Sub': `arn:aws:secretsmanager:\${AWS::Region}:\${AWS::AccountId}:secret:the/*` };
    const { client, arn } = await functionThatMay(allow('secretsmanager:*', pattern));
    await client.send(put(arn));
    await client.send(new CreateSecretCommand({ Name: 'the/other' }));
    await expect(client.send(new CreateSecretCommand({ Name: 'other' }))).rejects.toMatchObject(denied);
    await expect(client.send(get('the/third'))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('that the endpoint does not know is refused', async () => {
    const { client } = await functionThatMay(allow('*', '*'));
    await expect(client.send(new ListSecretsCommand({}))).rejects.toMatchObject({
      name: 'UnknownOperationException',
    });
    await expect(client.send(get('a*'))).rejects.toMatchObject({ name: 'ValidationException' });
  });
});
