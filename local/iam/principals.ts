/** Who may sign on this machine: the functions of what is served, each with its own key, and the operator. */
import type { AwsCredentials } from '../signature.ts';
import type { Tables } from './dynamodb-calls.ts';
import type { Caller } from './evaluate.ts';

/** What one deployment brings. */
export interface Access {
  /** By access key. */
  callers: ReadonlyMap<string, Caller & { secretAccessKey: string }>;
  tables: Tables;
}

export type Principal = { is: 'operator' } | { is: 'function'; caller: Caller; tables: Tables };

export interface Principals {
  /** Lets the functions of a deployment in; those of the one before stay, to end what they have begun. */
  admit(access: Access): void;
  /** Takes back an `admit`. */
  withdraw(access: Access): void;
  secretOf(accessKeyId: string): string | undefined;
  find(accessKeyId: string): Principal | undefined;
}

export function createPrincipals(operator: AwsCredentials): Principals {
  let served: readonly Access[] = [];
  const holder = (accessKeyId: string) => served.find(({ callers }) => callers.has(accessKeyId));
  return {
    admit: (access) => {
      served = [access, ...served.slice(0, 1)];
    },
    withdraw: (access) => {
      served = served.filter((one) => one !== access);
    },
    secretOf: (accessKeyId) =>
      accessKeyId === operator.accessKeyId
        ? operator.secretAccessKey
        : holder(accessKeyId)?.callers.get(accessKeyId)?.secretAccessKey,
    find: (accessKeyId) => {
      if (accessKeyId === operator.accessKeyId) return { is: 'operator' };
      const access = holder(accessKeyId);
      const caller = access?.callers.get(accessKeyId);
      return access && caller && { is: 'function', caller, tables: access.tables };
    },
  };
}
