import { type Deprecation, describeRemoval, formatPhase } from './deprecation.ts';
import { deprecatedModules, deprecations } from './deprecations.ts';
import { replacedModules } from './replaced-modules.ts';

const MATRIX_START = '<!-- begin: made by `npm run schemas` from lib/migration/deprecations.ts -->';
const MATRIX_END = '<!-- end -->';

const escapeCell = (text: string): string => text.replaceAll('|', '\\|');
const tableOf = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map(escapeCell).join(' | ')} |`)
    .join('\n');

const statusOf = ({ status, phases }: Deprecation, now: Date): string => {
  const removal = describeRemoval(phases, now);
  if (phases === undefined) return removal;
  const since = status === 'archived' ? phases.archival : phases.deprecation;
  return `${status} ${formatPhase(since)}; ${removal}`;
};

const PHASES = ['deprecation', 'transition', 'archival', 'removal'] as const;

/** The dates of the guide; modules that were archived at once are told in the matrix. */
const timelineTable = (now: Date): string => {
  const phases = deprecatedModules[0]?.phases;
  return tableOf(
    ['phase', 'date of the guide'],
    PHASES.map((phase) => [
      phase,
      phases === undefined || phase === 'removal' ? describeRemoval(phases, now) : formatPhase(phases[phase]),
    ]),
  );
};

const modulesTable = (now: Date): string =>
  tableOf(
    ['deprecated module', 'its successor then', 'in Drover', 'status', 'priority', 'note'],
    deprecatedModules.map((row) => [
      `\`${row.module}.py\``,
      `\`${row.successor}\``,
      row.replacement.text,
      statusOf(row, now),
      row.priority,
      row.note ?? '',
    ]),
  );

const replacedTable = (): string =>
  tableOf(
    ['module', 'in Drover'],
    replacedModules.map((row) => [`\`${row.module}.py\``, row.replacement.text]),
  );

/** Each name that `drover/compat` has, with where it was. */
const namesTable = (): string =>
  tableOf(
    ['old name', 'was in', '`drover/compat`'],
    deprecations.flatMap(({ module, compat = {} }) =>
      Object.entries(compat).map(([name, exported]) => [`\`${name}\``, `\`${module}\``, `\`${exported}\``]),
    ),
  );

/** All that the page says of modules and names. */
const migrationMatrix = (now: Date): string =>
  [
    timelineTable(now),
    modulesTable(now),
    'Modules that were current until now, and that Drover replaces, too:',
    replacedTable(),
    'Old names that work in TypeScript, each with one warning:',
    namesTable(),
  ].join('\n\n');

/** The page with its generated part replaced. @throws Error when the page has lost its marks */
const withMigrationMatrix = (page: string, now: Date): string => {
  const start = page.indexOf(MATRIX_START);
  const end = page.indexOf(MATRIX_END, start);
  if (start < 0 || end < 0)
    throw new Error(`docs/users/migrating.md needs the lines "${MATRIX_START}" and "${MATRIX_END}"`);
  return `${page.slice(0, start)}${MATRIX_START}\n\n${migrationMatrix(now)}\n\n${page.slice(end)}`;
};

export { withMigrationMatrix };
