/** Which differences are explained, which are not, and which explanations are about nothing any more. */
import type { Difference } from './compare.ts';
import { describeRequest } from './request.ts';

export interface Explanation {
  /** Stable, lower case with hyphens. */
  id: string;
  /** Who does as AWS does. `neither`: AWS is not known, or does a third thing. */
  right: 'local' | 'deployed' | 'neither';
  /** Where that stands. */
  source: string;
  /** A sentence for the documentation: what differs, and why that is no bug of ours. */
  why: string;
  /** As narrow as can be: the request, the part, and both answers. */
  explains(difference: Difference): boolean;
}

type Explanations = readonly Explanation[];

/** @returns the differences that nothing explains, each with both answers. */
export const unexplained = (differences: readonly Difference[], explanations: Explanations): string[] =>
  differences.filter((difference) => !explanations.some((one) => one.explains(difference))).map(printed);

/** @returns the differences that more than one entry explains, with the entries' ids. */
export const ambiguous = (differences: readonly Difference[], explanations: Explanations): string[] =>
  differences.flatMap((difference) => {
    const ids = explanations.filter((one) => one.explains(difference)).map(({ id }) => id);
    return ids.length > 1 ? [`${ids.join(', ')}: ${printed(difference)}`] : [];
  });

/** @returns the ids of the entries that explain nothing. */
export const staleOf = (differences: readonly Difference[], explanations: Explanations): string[] =>
  explanations
    .filter((one) => !differences.some((difference) => one.explains(difference)))
    .map(({ id }) => id);

/** @returns one line on the run, and one for each explanation with how often it was needed. */
export function reportOf(
  seed: number,
  sent: number,
  differences: readonly Difference[],
  explanations: Explanations,
): string {
  const requests = new Set(differences.map(({ request }) => request)).size;
  const counts = explanations.map(
    (one) =>
      `  ${String(differences.filter((difference) => one.explains(difference)).length).padStart(5)}  ${one.id}`,
  );
  const left = unexplained(differences, explanations).length;
  return [
    `seed ${seed}: ${sent} requests to both, ${sent - requests} answered alike, ${differences.length} differences in the other ${requests}`,
    ...counts,
    `  ${String(left).padStart(5)}  unexplained`,
  ].join('\n');
}

function printed({ request, part, local, deployed }: Difference): string {
  const sides = part === 'status' ? [local, deployed] : [partOf(local, part), partOf(deployed, part)];
  const [ours, theirs] = sides.map((side) => JSON.stringify(side)?.slice(0, 600));
  return `${part} of ${describeRequest(request)}\n    local    ${ours}\n    deployed ${theirs}`;
}

const partOf = (answer: Difference['local'], part: string): string | undefined =>
  part === 'body' ? answer.body : answer.headers[part];
