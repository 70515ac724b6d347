import { ConfigError } from '../../config/config-error.ts';
import { formatPath } from '../../config/config-path.ts';
import { fleetConfigSchema } from '../../config/fleet-config.ts';
import type { AgentSettings, Draft, Leftover, Setting } from './draft.ts';

/** What came of old files or variables. */
interface Conversion {
  /** As it is written into fleet.yaml; it passes the schema. */
  readonly fleet: Readonly<Record<string, unknown>>;
  readonly agents: readonly AgentSettings[];
  readonly leftovers: readonly Leftover[];
}

const SECTIONS: readonly string[] = fleetConfigSchema.keyof().options;
const rankOf = (section: string): number => SECTIONS.indexOf(section);

/** Settings by their paths as one tree, in the order in which they came. */
const nest = (settings: readonly Setting[]): Record<string, unknown> =>
  Object.fromEntries(
    [...Map.groupBy(settings, ({ path }) => path[0] ?? '')].map(([name, group]) => {
      const leaf = group.findLast(({ path }) => path.length === 1);
      const below = group.map((setting) => ({ ...setting, path: setting.path.slice(1) }));
      return [name, leaf === undefined ? nest(below) : leaf.value];
    }),
  );

/** Where the old word stands that led to a place of fleet.yaml. */
const sourceOf = (path: readonly PropertyKey[], settings: readonly Setting[]): string => {
  const names = path.map(String);
  const [nearest] = settings
    .filter(({ path: set }) =>
      set.every((name, index) => names[index] === undefined || names[index] === name),
    )
    .toSorted((one, other) => other.path.length - one.path.length);
  return nearest?.source ?? 'fleet.yaml';
};

/** Lines count as numbers: `a.yaml:9:1` comes before `a.yaml:10:1`. */
const collator = new Intl.Collator('en', { numeric: true });

/**
 * Holds the draft against the schema of fleet.yaml.
 * @param what what was read, for messages
 * @throws ConfigError that names everything that is wrong, where it was written
 */
const finishConversion = (draft: Draft, what: string): Conversion => {
  const fleet = nest(
    draft.settings.toSorted((one, other) => rankOf(one.path[0] ?? '') - rankOf(other.path[0] ?? '')),
  );
  const problems = [...draft.problems];
  const parsed = fleetConfigSchema.safeParse(fleet);
  if (!parsed.success)
    for (const { path, message } of parsed.error.issues) {
      const place = formatPath(path.map((part) => (typeof part === 'symbol' ? String(part) : part)));
      problems.push({
        source: sourceOf(path, draft.settings),
        text: `becomes ${place} in fleet.yaml: ${message}`,
      });
    }
  if (problems.length === 0) return { fleet, agents: draft.agents, leftovers: draft.leftovers };
  throw new ConfigError(
    what,
    problems
      .toSorted((one, other) => collator.compare(one.source, other.source))
      .map(({ source, text }) => `${source} ${text}`),
  );
};

export type { Conversion };
export { finishConversion };
