import { type Deprecation, OLD_PACKAGE } from '../deprecation.ts';
import { deprecations } from '../deprecations.ts';
import type { PythonReference } from './python-references.ts';

/** A reference that has to move. */
interface Match {
  readonly row: Deprecation;
  readonly reference: PythonReference;
  /** The public name that is used; absent: the module as a whole. */
  readonly name?: string;
}

const byModule = new Map(deprecations.map((row) => [row.module, row]));
/** The package handed out the names of its modules, too. Where two have one, the deprecated module comes first. */
const byName = new Map(
  deprecations.toReversed().flatMap((row) => row.names.map((name): [string, Deprecation] => [name, row])),
);

/** Whatever the package lies in: `service.app.coordination` is `app.coordination`, `myapp.coordination` is not. */
const PATTERN = new RegExp(`(?:^|\\.)${OLD_PACKAGE.replaceAll('.', '\\.')}(?:\\.([\\w.]+))?$`);

/** What a dotted name means: a module of the table, or a name of one. Undefined: nothing that has to move. */
const matchDotted = (dotted: string): { row: Deprecation; name?: string } | undefined => {
  const [module = '', name] = PATTERN.exec(dotted)?.[1]?.split('.') ?? [];
  const row = byModule.get(module);
  if (row !== undefined) return name === undefined ? { row } : { row, name };
  const named = byName.get(module);
  return named === undefined ? undefined : { row: named, name: module };
};

/**
 * Which references of one file have to move. A use through the package counts only when no import of the file has told of the
 * module before.
 */
const findDeprecated = (references: readonly PythonReference[]): Match[] => {
  const found: Match[] = [];
  const imported = new Set<string>();
  const ordered = [...references].sort(
    (one, other) => Number(one.form === 'use') - Number(other.form === 'use'),
  );
  for (const reference of ordered) {
    const { module, name, form } = reference;
    const match = matchDotted(name === undefined || name === '*' ? module : `${module}.${name}`);
    if (match === undefined || (form === 'use' && imported.has(match.row.module))) continue;
    imported.add(match.row.module);
    found.push({ reference, ...match });
  }
  return found.sort((one, other) => one.reference.offset - other.reference.offset);
};

const anyOf = (words: readonly string[]): RegExp => new RegExp(`\\b(?:${words.join('|')})\\b`);
const ANY_MODULE = anyOf([...byModule.keys()]);
const ANY_NAME = anyOf([...byName.keys()]);
const LAST_OF_PACKAGE = OLD_PACKAGE.split('.').at(-1) ?? OLD_PACKAGE;

/** Tells in an instant which sources need not be parsed: one that has to move says the module, or the package and a name. */
const mayRefer = (text: string): boolean =>
  ANY_MODULE.test(text) || (text.includes(LAST_OF_PACKAGE) && ANY_NAME.test(text));

export type { Match };
export { findDeprecated, matchDotted, mayRefer };
