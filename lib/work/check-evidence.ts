import type { JobTemplate } from './job-template.ts';
import type { Parameters } from './parameter.ts';

type Bounds = JobTemplate['evidence'][string];

const describeBounds = ({ minimum, maximum }: Bounds): string =>
  [
    ...(minimum === undefined ? [] : [`at least ${minimum}`]),
    ...(maximum === undefined ? [] : [`at most ${maximum}`]),
  ].join(' and ');

/** What a result lacks of the evidence that its template asks for; undefined when it lacks nothing. */
const missingEvidence = (
  required: JobTemplate['evidence'],
  evidence: Readonly<Parameters>,
): string | undefined => {
  for (const [name, bounds] of Object.entries(required)) {
    const value = Object.hasOwn(evidence, name) ? evidence[name] : undefined;
    if (value === undefined) return `the result says nothing of ${name}`;
    const { minimum, maximum } = bounds;
    if (minimum === undefined && maximum === undefined) continue;
    if (typeof value !== 'number') {
      return `${name} must be a number, ${describeBounds(bounds)}; the result says ${JSON.stringify(value).slice(0, 100)}`;
    }
    if (value < (minimum ?? value) || value > (maximum ?? value)) {
      return `${name} must be ${describeBounds(bounds)}; the result says ${value}`;
    }
  }
  return undefined;
};

export { missingEvidence };
