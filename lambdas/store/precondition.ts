/** What a change depends on, as the condition of the one write that makes it. */
import { FIRST_REVISION, type Precondition } from '../domain/precondition.ts';

export interface Condition {
  /** None where it depends on nothing. */
  condition?: string;
  values: Record<string, string>;
}

/**
 * A write whose answer got lost is tried again by the SDK, and finds what it wrote itself: that is no other change.
 *
 * @param revision that the write gives, where it gives one: `:revision` is its value
 */
export function conditionOf(precondition: Precondition, revision?: string): Condition {
  const { match, absent = false } = precondition;
  if (match === undefined && !absent) return { values: {} };
  const { alternatives, values } = alternativesOf(match, absent);
  const own = revision === undefined ? [] : ['#revision = :revision'];
  // AND binds more than OR does; DynamoDB refuses parentheses that are not needed.
  return { condition: [...alternatives, ...own].join(' OR '), values };
}

interface Alternatives {
  alternatives: readonly string[];
  values: Record<string, string>;
}

function alternativesOf(match: Precondition['match'], absent: boolean): Alternatives {
  if (match === undefined) return { alternatives: ['attribute_not_exists(#pk)'], values: {} };
  // Nothing can be there and not be there.
  if (absent) return oneOf([NEVER]);
  if (match === '*') return { alternatives: ['attribute_exists(#pk)'], values: {} };
  // What can be no revision need not be asked for.
  const wanted = [...new Set(match)].filter((one) => REVISION.test(one)).slice(0, MOST);
  const { alternatives, values } = oneOf(wanted.length === 0 ? [NEVER] : wanted);
  return {
    alternatives: wanted.includes(FIRST_REVISION) ? [...alternatives, UNREVISED] : alternatives,
    values,
  };
}

function oneOf(revisions: readonly string[]): Alternatives {
  const names = revisions.map((_, at) => `:match${at}`);
  const values = Object.fromEntries(revisions.map((revision, at) => [`:match${at}`, revision]));
  return { alternatives: [`#revision IN (${names.join(', ')})`], values };
}

const UNREVISED = 'attribute_exists(#pk) AND attribute_not_exists(#revision)';
const REVISION = /^[\w-]{1,64}$/;
/** No revision is this. */
const NEVER = 'none';
/** Operands that DynamoDB takes. */
const MOST = 100;
