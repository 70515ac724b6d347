import { type ConfigPath, formatPath } from './config-path.ts';
import type { FleetConfig } from './fleet-config.ts';

/** One difference between two versions. An absent side: it is not written there. */
interface ConfigChange {
  readonly path: string;
  readonly before?: string;
  readonly after?: string;
}

const isMapping = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const own = (value: object, key: string): unknown =>
  Object.entries(value).find(([name]) => name === key)?.[1];

const change = (path: ConfigPath, before: unknown, after: unknown): ConfigChange => ({
  path: formatPath(path),
  ...(before === undefined ? {} : { before: JSON.stringify(before) }),
  ...(after === undefined ? {} : { after: JSON.stringify(after) }),
});

/** Entries one by one, so that a long list shows what came and went; a mere change of order shows the list. */
const diffLists = (
  path: ConfigPath,
  before: readonly unknown[],
  after: readonly unknown[],
): ConfigChange[] => {
  const texts = (list: readonly unknown[]): string[] => list.map((entry) => JSON.stringify(entry));
  const without = (list: readonly string[], other: readonly string[]): string[] => {
    const rest = [...other];
    return list.filter((text) => {
      const at = rest.indexOf(text);
      if (at >= 0) rest.splice(at, 1);
      return at < 0;
    });
  };
  const [left, right] = [texts(before), texts(after)];
  const changes = [
    ...without(left, right).map((text) => ({ path: formatPath(path), before: text })),
    ...without(right, left).map((text) => ({ path: formatPath(path), after: text })),
  ];
  if (changes.length > 0 || left.join() === right.join()) return changes;
  return [change(path, before, after)];
};

/** Of several labels that fit a node the later wins, so their order is content. */
const diffOrder = (path: ConfigPath, before: object, after: object): ConfigChange[] => {
  if (path.at(-1) !== 'labels') return [];
  const common = (mapping: object, other: object): string[] =>
    Object.keys(mapping).filter((key) => Object.hasOwn(other, key));
  const [left, right] = [common(before, after), common(after, before)];
  return JSON.stringify(left) === JSON.stringify(right)
    ? []
    : [{ ...change(path, left, right), path: `${formatPath(path)} (order)` }];
};

const diff = (path: ConfigPath, before: unknown, after: unknown): ConfigChange[] => {
  if (Array.isArray(before ?? after) && Array.isArray(after ?? before)) {
    return diffLists(path, Array.isArray(before) ? before : [], Array.isArray(after) ? after : []);
  }
  if (isMapping(before ?? after) && isMapping(after ?? before)) {
    const [left, right] = [isMapping(before) ? before : {}, isMapping(after) ? after : {}];
    const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
    return [
      ...[...keys].flatMap((key) => diff([...path, key], own(left, key), own(right, key))),
      ...diffOrder(path, left, right),
    ];
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [change(path, before, after)];
};

/** Every difference, flat. None means that both say the same: an empty mapping says nothing. */
const diffConfig = (before: FleetConfig, after: FleetConfig): ConfigChange[] => diff([], before, after);

export type { ConfigChange };
export { diffConfig };
