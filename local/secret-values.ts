/**
 * What Secrets Manager does with secrets, versions and staging labels, as far as Tollgate relies on it. No
 * network and no clock; `secrets-manager.ts` is the endpoint. What is not known here is refused by name.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import * as z from 'zod';
import { AwsServiceError } from './aws-service-error.ts';
import { ACCOUNT, REGION } from './physical.ts';

export const secretShape = z.object({
  name: z.string(),
  arn: z.string(),
  /** Seconds since the epoch. */
  createdAt: z.number(),
  versions: z.array(
    z.object({
      id: z.string(),
      createdAt: z.number(),
      stages: z.array(z.string()),
      text: z.string().optional(),
      /** Base64. */
      binary: z.string().optional(),
    }),
  ),
});
export type Secret = z.output<typeof secretShape>;
type Version = Secret['versions'][number];

const CURRENT = 'AWSCURRENT';
const PREVIOUS = 'AWSPREVIOUS';

const secretId = z.string().min(1).max(2048);
const requestToken = z.string().min(32).max(64).optional();
const value = {
  ClientRequestToken: requestToken,
  SecretString: z.string().min(1).max(65_536).optional(),
  SecretBinary: z.base64().min(1).max(87_384).optional(),
};
const inputs = {
  CreateSecret: z.strictObject({
    Name: z.string().regex(/^[\w/+=.@-]{1,512}$/),
    Description: z.string().optional(),
    ...value,
  }),
  PutSecretValue: z.strictObject({
    SecretId: secretId,
    VersionStages: z.array(z.string().min(1).max(256)).min(1).max(20).optional(),
    ...value,
  }),
  GetSecretValue: z.strictObject({
    SecretId: secretId,
    VersionId: z.string().optional(),
    VersionStage: z.string().optional(),
  }),
  DescribeSecret: z.strictObject({ SecretId: secretId }),
  UpdateSecretVersionStage: z.strictObject({
    SecretId: secretId,
    VersionStage: z.string().min(1).max(256),
    MoveToVersionId: z.string().optional(),
    RemoveFromVersionId: z.string().optional(),
  }),
};
type Operation = keyof typeof inputs;
type Input<Name extends Operation> = z.output<(typeof inputs)[Name]>;

/**
 * @param secrets those that are there already, by name; changed in place
 * @param now seconds since the epoch
 * @param changed called with each secret that was changed, before the operation answers
 * @returns the operations: name and input to output
 * @throws {AwsServiceError} from the operations
 */
export function secretValues(
  secrets: Map<string, Secret>,
  now: () => number,
  changed: (secret: Secret) => Promise<void>,
): (operation: string, input: unknown) => Promise<object> {
  const find = (id: string): Secret => {
    const found = findSecret(secrets, id);
    if (found === undefined) throw notFound("Secrets Manager can't find the specified secret.");
    return found;
  };

  const operations: { [Name in Operation]: (input: Input<Name>) => Promise<object> } = {
    CreateSecret: async (input) => {
      const existing = secrets.get(input.Name);
      if (existing !== undefined) {
        const repeated = existing.versions.find(({ id }) => id === input.ClientRequestToken);
        if (repeated === undefined || !sameValue(repeated, input)) {
          throw exists(`The operation failed because the secret ${input.Name} already exists.`);
        }
        return identity(existing, repeated.id);
      }
      const secret: Secret = { name: input.Name, arn: arnOf(input.Name), createdAt: now(), versions: [] };
      const version = hasValue(input) ? addVersion(secret, input, [CURRENT], now()) : undefined;
      secrets.set(secret.name, secret);
      await changed(secret);
      return identity(secret, version?.id);
    },

    PutSecretValue: async (input) => {
      const secret = find(input.SecretId);
      if (!hasValue(input)) throw invalid('You must provide either SecretString or SecretBinary.');
      const repeated = secret.versions.find(({ id }) => id === input.ClientRequestToken);
      if (repeated !== undefined && !sameValue(repeated, input)) {
        throw exists(
          `The operation failed because the version ${repeated.id} already exists and has another value.`,
        );
      }
      // The same value under the same token is ignored: labels stay where they are, even if they have moved on.
      if (repeated !== undefined) {
        return { ...identity(secret, repeated.id), VersionStages: repeated.stages };
      }
      const version = addVersion(secret, input, input.VersionStages ?? [CURRENT], now());
      await changed(secret);
      return { ...identity(secret, version.id), VersionStages: version.stages };
    },

    GetSecretValue: async (input) => {
      const secret = find(input.SecretId);
      const stage = input.VersionStage ?? (input.VersionId === undefined ? CURRENT : undefined);
      const version = secret.versions.find(
        ({ id, stages }) =>
          (input.VersionId === undefined || id === input.VersionId) &&
          (stage === undefined || stages.includes(stage)),
      );
      if (version === undefined) {
        const wanted = stage === undefined ? `version: ${input.VersionId}` : `staging label: ${stage}`;
        throw notFound(`Secrets Manager can't find the specified secret value for ${wanted}`);
      }
      return {
        ...identity(secret, version.id),
        VersionStages: version.stages,
        CreatedDate: version.createdAt,
        ...(version.text !== undefined && { SecretString: version.text }),
        ...(version.binary !== undefined && { SecretBinary: version.binary }),
      };
    },

    DescribeSecret: async (input) => {
      const secret = find(input.SecretId);
      const labelled = secret.versions.filter(({ stages }) => stages.length > 0);
      return {
        ...identity(secret),
        CreatedDate: secret.createdAt,
        LastChangedDate: secret.versions.at(-1)?.createdAt ?? secret.createdAt,
        VersionIdsToStages: Object.fromEntries(labelled.map(({ id, stages }) => [id, stages])),
      };
    },

    UpdateSecretVersionStage: async (input) => {
      const secret = find(input.SecretId);
      const holder = secret.versions.find(({ stages }) => stages.includes(input.VersionStage));
      const target = secret.versions.find(({ id }) => id === input.MoveToVersionId);
      if (input.MoveToVersionId !== undefined && target === undefined) {
        throw notFound("Secrets Manager can't find the specified secret version.");
      }
      if (holder !== undefined && holder !== target && holder.id !== input.RemoveFromVersionId) {
        throw invalid(
          `The staging label ${input.VersionStage} is attached to version ${holder.id}: name it.`,
        );
      }
      if (target === undefined && input.VersionStage === CURRENT) {
        throw invalid(`You can only move the staging label ${CURRENT} to a different version.`);
      }
      moveStage(secret, input.VersionStage, target);
      await changed(secret);
      return identity(secret);
    },
  };

  return async (operation, input) => {
    if (!Object.hasOwn(inputs, operation)) {
      throw new AwsServiceError('UnknownOperationException', `no operation ${operation} here`);
    }
    const name = operation as Operation;
    const parsed = inputs[name].safeParse(input);
    if (!parsed.success) {
      const fields = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
      throw new AwsServiceError('ValidationException', `${operation}: ${fields.join('; ')}`);
    }
    // One operation has one input; TypeScript does not follow that through a union of both.
    const run = operations[name] as (input: unknown) => Promise<object>;
    return run(parsed.data);
  };
}

/** @param id name, ARN, or ARN without its random end */
export const findSecret = (secrets: ReadonlyMap<string, Secret>, id: string): Secret | undefined =>
  secrets.get(id) ?? [...secrets.values()].find(({ arn }) => arn === id || arn.slice(0, -7) === id);

type Value = Input<'PutSecretValue'> | Input<'CreateSecret'>;

const hasValue = (input: Value): boolean =>
  (input.SecretString === undefined) !== (input.SecretBinary === undefined);

const sameValue = (version: Version, input: Value): boolean =>
  version.text === input.SecretString && version.binary === input.SecretBinary;

const identity = (secret: Secret, versionId?: string) => ({
  ARN: secret.arn,
  Name: secret.name,
  ...(versionId !== undefined && { VersionId: versionId }),
});

/** The six random characters keep the ARN of a secret from fitting one that was deleted before it. */
const arnOf = (name: string): string =>
  `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${name}-${randomBytes(3).toString('hex')}`;

function addVersion(secret: Secret, input: Value, stages: readonly string[], now: number): Version {
  const version: Version = {
    id: input.ClientRequestToken ?? randomUUID(),
    createdAt: now,
    stages: [],
    ...(input.SecretString !== undefined && { text: input.SecretString }),
    ...(input.SecretBinary !== undefined && { binary: input.SecretBinary }),
  };
  secret.versions.push(version);
  for (const stage of stages) moveStage(secret, stage, version);
  // The first version is current whatever it was labelled.
  if (secret.versions.length === 1) moveStage(secret, CURRENT, version);
  return version;
}

/** A label is at one version at a time; AWSPREVIOUS follows where AWSCURRENT leaves. */
function moveStage(secret: Secret, stage: string, target: Version | undefined): void {
  const holder = secret.versions.find(({ stages }) => stages.includes(stage));
  if (holder === target) return;
  if (holder !== undefined) holder.stages = holder.stages.filter((name) => name !== stage);
  target?.stages.push(stage);
  if (stage === CURRENT && holder !== undefined) moveStage(secret, PREVIOUS, holder);
}

const notFound = (message: string) => new AwsServiceError('ResourceNotFoundException', message);
const exists = (message: string) => new AwsServiceError('ResourceExistsException', message);
const invalid = (message: string) => new AwsServiceError('InvalidParameterException', message);
