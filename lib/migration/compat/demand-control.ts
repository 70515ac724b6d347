import { PermanentError } from '../../errors.ts';
import type { CompatPorts } from './compat-ports.ts';

/**
 * Where Drover acts, old code may not know what it starts and stops.
 * @param what the call and its object, for the message
 * @param instead the commands that do the same
 * @throws PermanentError in mode `enforce` without permission
 */
const demandControl = (
  { mayControl }: Pick<CompatPorts, 'mayControl'>,
  mode: 'observe' | 'enforce' | 'off',
  what: string,
  instead: string,
): void => {
  if (mode !== 'enforce' || mayControl) return;
  throw new PermanentError(
    `${what} is refused in mode enforce: set DROVER_COMPAT_CONTROL=1 if old code may decide that, or use ${instead}`,
  );
};

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

export { demandControl, demandEffect };
