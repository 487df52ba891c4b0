/** Entity tags (RFC 9110 §8.8.3) and what a request makes depend on them (§13.1.1, §13.1.2). */
import type { Precondition } from '../domain/precondition.ts';
import type { Request, Response } from './event.ts';
import { refused } from './operator.ts';

/** @returns the header of an answer that tells of one thing. */
export const entityTag = (revision: string): Record<string, string> => ({ etag: `"${revision}"` });

/** What `If-Match` asks for: anything that is there, one of these revisions, or nothing where it is absent. */
export type IfMatch = '*' | readonly string[] | undefined;

/** @returns the revisions that it names. A weak tag, or what is no tag, is one that no revision has (§13.1.1). */
export function ifMatch({ headers }: Request): IfMatch {
  const given = headers['if-match']?.trim();
  if (given === undefined || given === '*') return given;
  return given.split(',').map((tag) => /^\s*"([^"]*)"\s*$/.exec(tag)?.[1] ?? '');
}

/** Whether the request wants to be the one that creates it: `If-None-Match: *`, the only form that is honoured. */
export const ifNoneMatch = ({ headers }: Request): boolean => headers['if-none-match']?.trim() === '*';

/** @returns what the request makes a change depend on, for the write to decide. */
export function preconditionOf(request: Request): Precondition {
  const match = ifMatch(request);
  return { ...(match !== undefined && { match }), ...(ifNoneMatch(request) && { absent: true }) };
}

/** @returns 412: the condition of the write did not hold. */
export const changedMeanwhile = (request: Request): Response =>
  refused(412, 'changed_meanwhile', ifNoneMatch(request) ? IS_THERE : CHANGED);

/**
 * @param revision of what is there; `undefined` where nothing is
 * @param isThere whether it is there, where that is not the same: several that are kept as one have one revision
 * @returns 412 `changed_meanwhile` where a condition of the request does not hold
 */
export function unmet(
  request: Request,
  revision: string | undefined,
  isThere = revision !== undefined,
): Response | undefined {
  const wanted = ifMatch(request);
  const matches =
    wanted === undefined ||
    (wanted === '*' ? isThere : wanted.some((each) => each !== '' && each === revision));
  if (!matches) return refused(412, 'changed_meanwhile', CHANGED);
  return isThere && ifNoneMatch(request) ? refused(412, 'changed_meanwhile', IS_THERE) : undefined;
}

const CHANGED = 'It is not what If-Match names any more. Read it again, and decide anew.';
const IS_THERE = 'It is there already, and If-None-Match: * was given.';
