/** What a rule is, and what it finds. */
import type { IConstruct } from 'constructs';
import type { Cloud } from './cloud.ts';

export interface Problem {
  /** Where it is: the finding names its path, and is acknowledged there or further up. */
  at: IConstruct;
  /** The property that says it, where there is one. */
  property?: string;
  /** One sentence: what is wrong. */
  wrong: string;
  /** One sentence: what to do. */
  fix: string;
}

export interface Rule {
  /** `Tollgate-<Name>`, stable: acknowledgements name it. */
  id: `Tollgate-${string}`;
  check(cloud: Cloud): Problem[];
}
