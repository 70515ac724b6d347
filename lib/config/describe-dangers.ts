import { LISTED_PROVIDERS } from '../constants.ts';
import { explainIdleSetting } from '../idle/idle-policy.ts';
import { dataOfRole } from './data-config.ts';
import { diffConfig } from './diff-config.ts';
import type { FleetConfig } from './fleet-config.ts';
import { templateDangers } from './template-dangers.ts';

const modeOf = ({ idle }: FleetConfig, provider: (typeof LISTED_PROVIDERS)[number]): string =>
  explainIdleSetting(idle, { nodeId: '', provider, role: '', labels: {} }, 'mode').value;

const rolesOf = (...configs: readonly FleetConfig[]): string[] => [
  ...new Set(['', ...configs.flatMap(({ data }) => Object.keys(data.roles ?? {}))]),
];

const newlyIgnored = (before: FleetConfig, after: FleetConfig): string[] => [
  ...new Set(
    rolesOf(before, after).flatMap((role) => {
      const known = new Set(dataOfRole(before.data, role).ignore);
      return dataOfRole(after.data, role).ignore.filter((glob) => !known.has(glob));
    }),
  ),
];

/** What a change makes possible that cannot be undone, one sentence each: instances end, files go with them, programs run. */
const describeDangers = (before: FleetConfig, after: FleetConfig): string[] => {
  const enforced = LISTED_PROVIDERS.filter(
    (provider) => modeOf(after, provider) === 'enforce' && modeOf(before, provider) !== 'enforce',
  );
  const exposed = diffConfig(before, after).filter(
    ({ path, before: was, after: is }) => path.endsWith('.exempt') && was === 'true' && is !== 'true',
  );
  const ignored = newlyIgnored(before, after);
  return [
    ...enforced.map(
      (provider) => `${provider} becomes ENFORCE: idle instances there will be ended, with their disks`,
    ),
    ...exposed.map(({ path }) => `${path} goes: its nodes can be ended as idle`),
    ...(ignored.length === 0
      ? []
      : [`files that fit ${ignored.join(', ')} keep no node any more, and are lost with it`]),
    ...templateDangers(before.work, after.work),
  ];
};

export { describeDangers };
