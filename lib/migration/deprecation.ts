/** What to use now. */
interface Replacement {
  readonly kind: 'command' | 'function' | 'event' | 'resource';
  readonly text: string;
  /** A line to paste, in a shell, Python or fleet.yaml. */
  readonly example: string;
}

const PRIORITIES = ['HIGH', 'MEDIUM', 'LOW', 'COMPLETE'] as const;
type Priority = (typeof PRIORITIES)[number];

/** A month (`2025-12`) or a quarter (`2026-Q1`). */
type PhaseDate = `${number}-${number}` | `${number}-Q${1 | 2 | 3 | 4}`;

/** The phases that a module goes through. */
interface Phases {
  readonly deprecation: PhaseDate;
  readonly transition: PhaseDate;
  readonly archival: PhaseDate;
  readonly removal: PhaseDate;
}

/** One module of the replaced system. */
interface Deprecation {
  /** File name in `app/coordination`, without `.py`. */
  readonly module: string;
  /** What the replaced system itself moved to. */
  readonly successor: string;
  /** What callers import from it. */
  readonly names: readonly string[];
  /** By the old name: what `drover/compat` calls it. */
  readonly compat?: Readonly<Record<string, string>>;
  /** Names of a `replaced` module that warned before Drover came. */
  readonly warned?: readonly string[];
  /** What its daemon is called in lists of daemons. */
  readonly daemonTypes: readonly string[];
  readonly replacement: Replacement;
  /** `deprecated` warns on import, `archived` cannot be imported any more, `replaced` was current until Drover came. */
  readonly status: 'deprecated' | 'archived' | 'replaced';
  /** How urgent it is. COMPLETE: the module is gone, so an import that is left fails. */
  readonly priority: Priority;
  /** Absent: the guide has none, for it did not know yet that the module goes. */
  readonly phases?: Phases;
  readonly note?: string;
}

/** The package that all of these modules lived in. */
const OLD_PACKAGE = 'app.coordination';

/** Compatibility goes with the next major version, not with a date that has passed. */
const KEPT_UNTIL = 'Drover 2.0';

/** `Q3 2026`, `December 2025`. */
const formatPhase = (date: PhaseDate): string => {
  const [year = '', part = ''] = date.split('-');
  if (part.startsWith('Q')) return `${part} ${year}`;
  const month = new Date(Date.UTC(Number(year), Number(part) - 1));
  return month.toLocaleString('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });
};

/** The first instant after it. */
const endOf = (date: PhaseDate): number => {
  const [year = '', part = ''] = date.split('-');
  const month = part.startsWith('Q') ? Number(part.slice(1)) * 3 : Number(part);
  return Date.UTC(Number(year), month);
};

/** When the old name goes, in words that stay true when the date has passed. */
const describeRemoval = (phases: Phases | undefined, now: Date): string => {
  if (phases === undefined) return `kept until ${KEPT_UNTIL}`;
  const due = formatPhase(phases.removal);
  return now.getTime() < endOf(phases.removal)
    ? `removal is due in ${due}`
    : `removal was due in ${due}; kept until ${KEPT_UNTIL}`;
};

/** `getSystemHealth` → `DROVER_DEP_GET_SYSTEM_HEALTH`: what Node's own flags and log filters see. */
const deprecationCode = (compatName: string): string =>
  `DROVER_DEP_${compatName.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toUpperCase()}`;

export type { Deprecation, PhaseDate, Phases, Priority, Replacement };
export { deprecationCode, describeRemoval, formatPhase, OLD_PACKAGE, PRIORITIES };
