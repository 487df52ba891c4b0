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
  /**
   * Lets the functions of a deployment in; those of the one before it stay, to end what they have begun.
   *
   * @param stack which deployment of several: each takes the place of its own
   */
  admit(access: Access, stack: string): void;
  /** Takes back an `admit`. */
  withdraw(access: Access): void;
  secretOf(accessKeyId: string): string | undefined;
  find(accessKeyId: string): Principal | undefined;
}

export function createPrincipals(operator: AwsCredentials): Principals {
  const served = new Map<string, readonly Access[]>();
  const all = () => [...served.values()].flat();
  const holder = (accessKeyId: string) => all().find(({ callers }) => callers.has(accessKeyId));
  // A function may reach a table of another stack, if its role says so.
  const tables = (own: Tables): Tables => new Map([...all().flatMap((access) => [...access.tables]), ...own]);
  return {
    admit: (access, stack) => {
      served.set(stack, [access, ...(served.get(stack) ?? []).slice(0, 1)]);
    },
    withdraw: (access) => {
      for (const [stack, some] of served) {
        served.set(
          stack,
          some.filter((one) => one !== access),
        );
      }
    },
    secretOf: (accessKeyId) =>
      accessKeyId === operator.accessKeyId
        ? operator.secretAccessKey
        : holder(accessKeyId)?.callers.get(accessKeyId)?.secretAccessKey,
    find: (accessKeyId) => {
      if (accessKeyId === operator.accessKeyId) return { is: 'operator' };
      const access = holder(accessKeyId);
      const caller = access?.callers.get(accessKeyId);
      return access && caller && { is: 'function', caller, tables: tables(access.tables) };
    },
  };
}
