/** Everything that goes wrong, or that somebody does in between. A run counts each, and must have had enough of each. */
const FAULTS = [
  'list-error',
  'list-rate-limited',
  'list-gone-410',
  'list-undecodable',
  'list-half',
  'list-empty',
  'list-slow',
  'terminate-error',
  'terminate-rate-limited',
  'terminate-undecodable',
  'terminate-refused',
  'terminate-auth-failure',
  'terminate-not-found',
  'terminate-ignored',
  'terminate-slow',
  'locked-out',
  'gone-by-itself',
  'preempted',
  'reboot',
  'silence',
  'clock-skew',
  'report-lost',
  'report-delayed',
  'report-repeated',
  'command-lost',
  'command-repeated',
  'store-unavailable',
  'overlapping-cycles',
  'holds-unreadable',
  'brake-unreadable',
  'work-unreadable',
  'settings-unreadable',
  'inventory-lost',
  'slot-lost',
  'freeze',
  'protection',
  'mass-failure',
  'mode-change',
  'limits-change',
  'configuration-change',
  'waiver',
  'forced-end',
  'forced-end-abandoning-data',
  'resumed-by-operator',
  'revoked',
] as const;
type Fault = (typeof FAULTS)[number];

type Counts<Key extends string> = Map<Key, number>;

const count = <Key extends string>(counts: Counts<Key>, key: Key, by = 1): void => {
  counts.set(key, (counts.get(key) ?? 0) + by);
};

export type { Counts, Fault };
export { count, FAULTS };
