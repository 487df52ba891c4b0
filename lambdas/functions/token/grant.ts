/** What every grant of the token endpoint is: from a request to what may be issued, or to the answer why not. */
import type { Issuance } from '../../domain/issuance.ts';
import type { Result } from '../../domain/result.ts';
import type { Form } from '../../http/body.ts';
import type { Request, Response } from '../../http/event.ts';
import type { Settle } from '../issue.ts';

export interface GrantRequest {
  request: Request;
  form: Form;
  /** When the request came, milliseconds since the epoch: the `iat` of what is issued. */
  startedAt: number;
}

export interface Granted {
  issuance: Issuance;
  /** Members of the answer beside those that each has, such as `issued_token_type`. */
  parameters?: Readonly<Record<string, string>>;
  settle?: Settle;
}

/** @throws {StoreUnavailable} */
export type GrantHandler = (asked: GrantRequest) => Promise<Result<Granted, Response>>;
