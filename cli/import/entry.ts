/** What is read of a file: clients as `POST /admin/imports` takes them, and those that cannot be taken. */

/** A client as it is sent; see `importSchema` of the server. */
export interface ImportedClient {
  client_id: string;
  client_name: string;
  kind?: string;
  scope?: string;
  roles?: string[];
  tenant?: string;
  allowed_claims?: string[];
  token_lifetime?: number;
  grant_types?: string[];
  secret_hash?: string;
}

/** One client of the file. */
export interface Entry {
  /** Where it stands in the file, from 1. */
  line: number;
  /** Absent where it has none that could be told. */
  id: string | undefined;
  taken: Taken | NotTaken;
}

export interface Taken {
  client: ImportedClient;
  /** In plain: it is hashed before anything is sent, and printed nowhere. */
  secret?: string;
  /** What of it is left behind, in sentences. */
  notes: readonly string[];
}

/** Why it is not: a stable code, and a sentence. */
export interface NotTaken {
  code: string;
  detail: string;
}

/** Reads a file of one system. @throws {CommandFailure} `usage`, where it is not one of that system, or damaged */
export type Source = (file: string) => AsyncIterable<Entry>;

export const isTaken = (taken: Entry['taken']): taken is Taken => 'client' in taken;

/** @returns an entry that is not taken. */
export const notTaken = (line: number, id: string | undefined, code: string, detail: string): Entry => ({
  ...{ line, id },
  taken: { code, detail },
});

/** What several systems have in common. */
export const NO_GRANT = [
  'no_usable_grant',
  'it may not use client_credentials there, and is given no more here; people log in at your identity provider',
] as const;

export const NO_ID = ['no_client_id', 'it has no id: it is not what such an export consists of'] as const;
