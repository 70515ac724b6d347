import type { FleetConfig } from '../../config/fleet-config.ts';
import { LISTED_PROVIDERS } from '../../constants.ts';
import { PermanentError } from '../../errors.ts';
import type { CompatPorts } from './compat-ports.ts';
import { policyOf } from './idle-shutdown-config.ts';

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

/** The same for what concerns the whole fleet: one provider in mode `enforce` is enough. */
const demandFleetControl = (
  ports: Pick<CompatPorts, 'mayControl'>,
  { idle }: Pick<FleetConfig, 'idle'>,
  what: string,
  instead: string,
): void => {
  const isEnforced = LISTED_PROVIDERS.some((provider) => policyOf(idle, provider).mode === 'enforce');
  demandControl(ports, isEnforced ? 'enforce' : 'observe', what, instead);
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

export { demandControl, demandEffect, demandFleetControl };
