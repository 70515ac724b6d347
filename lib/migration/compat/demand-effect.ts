import { PermanentError } from '../../errors.ts';

/**
 * A setting that old code gives, and that fleet.yaml has otherwise, would change nothing.
 * @param differences in words
 * @throws PermanentError when there are any
 */
const demandEffect = (differences: readonly string[]): void => {
  if (differences.length > 0)
    throw new PermanentError(
      `this configuration would have no effect: ${differences.join('; ')}: set it in fleet.yaml, then \`drover apply fleet.yaml\``,
    );
};

export { demandEffect };
