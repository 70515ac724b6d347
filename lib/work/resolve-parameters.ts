import { PermanentError } from '../errors.ts';
import type { JobTemplate } from './job-template.ts';
import { describeParameter, isAllowed, type Parameters } from './parameter.ts';

/**
 * The value of every parameter of the template: what was given, else the default.
 * @throws PermanentError that names the parameter and says what it may be
 */
const resolveParameters = (
  { parameters }: Pick<JobTemplate, 'parameters'>,
  given: Readonly<Parameters>,
): Parameters => {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(parameters, name)) continue;
    const known = Object.keys(parameters);
    const has = known.length === 0 ? 'it takes none' : `it takes ${known.join(', ')}`;
    throw new PermanentError(`the template has no parameter ${JSON.stringify(name)}: ${has}`);
  }
  return Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => {
      const value = Object.hasOwn(given, name) ? given[name] : parameter.default;
      if (value === undefined) {
        throw new PermanentError(`the parameter ${name} is needed: ${describeParameter(parameter)}`);
      }
      if (!isAllowed(parameter, value)) {
        throw new PermanentError(
          `the parameter ${name} must be ${describeParameter(parameter)}, not ${JSON.stringify(value).slice(0, 100)}`,
        );
      }
      return [name, value];
    }),
  );
};

export { resolveParameters };
