/** What operators' functions need of the directory, to create, list, change and delete clients and credentials. */
import type { Client, Credential, Verifier } from './client.ts';
import type { ClientRecord, CredentialRecord } from './client-record.ts';

/** Which creation something comes of. */
export interface Creation {
  /** No other creation has it; a request that is sent again under its idempotency key has the same. */
  id: string;
  /**
   * The hash of the idempotency key, where there is one. What could not be finished is then left as it is, for the
   * request that is sent again; without one it is taken back.
   */
  request?: string;
  /** The hashes that its credentials have apart, where they come from another system. */
  verifiers?: readonly Verifier[];
}

export interface ClientRegistry {
  /**
   * Nobody can log in as the client before all of it is there. `exists` where another creation has the id, `gone`
   * where the client was deleted meanwhile, or is not what this creation makes.
   *
   * @throws {StoreUnavailable}
   */
  create(
    client: Client,
    credentials: readonly Credential[],
    creation?: Creation,
  ): Promise<'created' | 'exists' | 'gone'>;
  /** One strongly consistent read. @throws {StoreUnavailable} */
  find(clientId: string): Promise<ClientRecord | undefined>;
  /** The clients of a page, by their ids; two strongly consistent reads. @throws {StoreUnavailable} */
  list(page: ListPage): Promise<{ clients: ClientRecord[]; next?: string }>;
  /**
   * One conditional write; one more before it where the client is not listed yet.
   *
   * @param record as it was read
   * @param changed what it is to be
   * @returns what it is then, or `changed_meanwhile`: somebody else was first, and nothing was written
   * @throws {StoreUnavailable}
   */
  change(
    record: ClientRecord,
    changed: Pick<ClientRecord, 'client' | 'phase'>,
  ): Promise<ClientRecord | 'changed_meanwhile'>;
}

export interface ListPage {
  /** The id after which it begins. */
  after?: string;
  limit: number;
}

/** The end of a client, in steps that can each be repeated. */
export interface ClientRemoval {
  /**
   * The first step: nobody can log in any more.
   *
   * @param revision that it has to have still, where that was asked for
   * @throws {StoreUnavailable}
   */
  begin(record: ClientRecord, revision?: string): Promise<'begun' | 'changed_meanwhile'>;
  /**
   * The others: its credentials, itself, its marker. `kept` where somebody enabled it meanwhile.
   *
   * @throws {StoreUnavailable}
   */
  finish(record: ClientRecord): Promise<'deleted' | 'kept'>;
  /** Takes away what the deletion of a client that is gone may have left. @throws {StoreUnavailable} */
  sweep(clientId: string): Promise<void>;
}

/** What stands in the way of deleting a client. */
export interface ClientUses {
  /** The trusted issuers that issue in its name, and whether it has a budget. @throws {StoreUnavailable} */
  of(clientId: string): Promise<{ issuers: string[]; hasBudget: boolean }>;
}

export interface CredentialRegistry {
  /** The client, and one of its credentials where asked for. Strongly consistent. @throws {StoreUnavailable} */
  find(
    clientId: string,
    credentialId?: string,
  ): Promise<{ client?: ClientRecord; credential?: CredentialRecord }>;
  /** The credentials of a client on a page, by their ids; one strongly consistent read. @throws {StoreUnavailable} */
  list(client: ClientRecord, page: ListPage): Promise<{ credentials: CredentialRecord[]; next?: string }>;
  /**
   * Adds a credential to a client that there is, and ends another in its favour, later or at once.
   *
   * @param client as it was read
   * @param ended which credential, and until when it stays valid at most (ms)
   * @returns `taken` where the client has a credential of this id, `gone` where the client is no more, and nothing is
   *   written then; until when the other one is valid, which is earlier where its end had come already
   * @throws {StoreUnavailable} where it is not certain what was written: the one that ends is valid as long as asked
   *   all the same, and no secret of the new one may be given out
   */
  add(
    client: ClientRecord,
    credential: Credential,
    ended?: EndedCredential,
    creation?: Creation,
  ): Promise<CredentialAddition>;
  /**
   * One conditional write.
   *
   * @param record as it was read
   * @returns what it is then, or `changed_meanwhile`: somebody else was first, and nothing was written
   * @throws {StoreUnavailable}
   */
  change(
    record: CredentialRecord,
    changed: Pick<Credential, 'state' | 'validUntil'>,
  ): Promise<CredentialRecord | 'changed_meanwhile'>;
  /**
   * Ends it for good, in one write; the time of the first time stays.
   *
   * @param now milliseconds since the epoch
   * @param revision that it has to have still, where that was asked for
   * @throws {StoreUnavailable}
   */
  revoke(record: CredentialRecord, now: number, revision?: string): Promise<'revoked' | 'changed_meanwhile'>;
}

export interface EndedCredential {
  credentialId: string;
  until: number;
}

export type CredentialAddition =
  | { outcome: 'taken' }
  | { outcome: 'gone' }
  /** @param revision of the new one */
  | { outcome: 'added'; revision: string; endedAt?: number };

/** What is known of a request that may be sent again. */
export interface KnownRequest {
  /** The hash of its idempotency key. */
  request: string;
  /** What is asked for, by a hash. */
  fingerprint: string;
  /** What is derived from the key is derived with this salt. */
  salt: string;
  /** When it came first, milliseconds since the epoch. */
  at: number;
  /** The creation of the client that it is about. */
  of?: string;
}

export interface IdempotencyLog {
  /**
   * Takes note of a request, in one conditional write; where it came before, one strongly consistent read more.
   *
   * @returns the request as it came first, and whether this is that first time; `reused` where the key is another
   *   request's; `spent` where what it created was deleted
   * @throws {StoreUnavailable}
   */
  begin(known: KnownRequest): Promise<{ known: KnownRequest; isFirst: boolean } | 'reused' | 'spent'>;
}
