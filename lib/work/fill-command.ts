import { PermanentError } from '../errors.ts';
import type { JobTemplate } from './job-template.ts';
import type { Parameters } from './parameter.ts';
import { fillPlaceholders } from './placeholders.ts';

type ArgumentVector = readonly [string, ...string[]];

/**
 * The program and its arguments with the parameters put in. Each argument of the template stays one argument, and no value makes an
 * option of one that is none in the template.
 * @param parameters resolved ones
 * @throws PermanentError when a value would do that, such as -5 as an argument of its own
 */
const fillCommand = (
  [program, ...programArguments]: NonNullable<JobTemplate['command']>,
  parameters: Parameters,
): ArgumentVector => [
  program,
  ...programArguments.map((argument) => {
    const filled = fillPlaceholders(argument, parameters);
    if (filled.startsWith('-') && !argument.startsWith('-')) {
      throw new PermanentError(
        `${argument} would become ${JSON.stringify(filled.slice(0, 100))}, which the program reads as an option: write it as --name=${argument} in the template`,
      );
    }
    return filled;
  }),
];

export type { ArgumentVector };
export { fillCommand };
