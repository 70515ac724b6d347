import { childrenOf, type SyntaxNode, textOf } from './python-text.ts';

/** One name that an import statement binds. */
interface ImportedName {
  /** Where the name stands. */
  readonly offset: number;
  /** Dotted; of a relative import already absolute. */
  readonly module: string;
  /** The name that is taken from the module; `*` takes all. Absent: the module itself is imported. */
  readonly name?: string;
  /** What the name is called in the file; absent for `*`. */
  readonly local?: string;
  readonly isRelative: boolean;
}

/** Nodes between commas. */
const splitAtCommas = (nodes: readonly SyntaxNode[]): SyntaxNode[][] => {
  const groups: SyntaxNode[][] = [[]];
  for (const node of nodes) {
    if (node.name === ',') groups.push([]);
    else if (node.name !== '(' && node.name !== ')') groups.at(-1)?.push(node);
  }
  return groups.filter((group) => group.length > 0);
};

/** The module of a relative import: one dot is the package of the file, each further dot the one above. */
const resolveRelative = (packagePath: readonly string[], written: string): string => {
  const [dots = '.'] = /^\.+/.exec(written) ?? [];
  const above = packagePath.slice(0, packagePath.length - (dots.length - 1));
  const rest = written.slice(dots.length);
  return [...above, ...(rest === '' ? [] : [rest])].join('.');
};

/** `a.b as c` in its parts. */
const splitAlias = (group: readonly SyntaxNode[], text: string) => {
  const at = group.findIndex(({ name }) => name === 'as');
  const named = at < 0 ? group : group.slice(0, at);
  const alias = at < 0 ? undefined : group[at + 1];
  return {
    offset: named[0]?.from ?? 0,
    written: named.map((node) => textOf(node, text)).join(''),
    ...(alias === undefined ? {} : { alias: textOf(alias, text) }),
  };
};

/**
 * What one import statement binds.
 * @param packagePath folders from the root of the file system to the file's own
 */
const readImport = (statement: SyntaxNode, text: string, packagePath: readonly string[]): ImportedName[] => {
  const [keyword, ...rest] = childrenOf(statement).filter(({ type }) => !type.isError);
  if (keyword?.name === 'import')
    return splitAtCommas(rest).map((group) => {
      const { offset, written, alias } = splitAlias(group, text);
      // Without an alias only the first part becomes a name.
      return { offset, module: written, local: alias ?? written.split('.')[0] ?? '', isRelative: false };
    });
  const at = rest.findIndex(({ name }) => name === 'import');
  if (keyword?.name !== 'from' || at < 0) return [];
  const written = rest
    .slice(0, at)
    .map((node) => textOf(node, text))
    .join('');
  const isRelative = written.startsWith('.');
  const module = isRelative ? resolveRelative(packagePath, written) : written;
  return splitAtCommas(rest.slice(at + 1)).map((group) => {
    const { offset, written: name, alias } = splitAlias(group, text);
    return { offset, module, name, isRelative, ...(name === '*' ? {} : { local: alias ?? name }) };
  });
};

/** What a name of the file leads to: `load` → `importlib.import_module` after `from importlib import import_module as load`. */
const bindingsOf = (imports: readonly ImportedName[]): ReadonlyMap<string, string> =>
  new Map(
    imports.flatMap(({ module, name, local }): [string, string][] => {
      if (local === undefined) return [];
      if (name !== undefined) return [[local, `${module}.${name}`]];
      return [[local, module.startsWith(`${local}.`) ? local : module]];
    }),
  );

export type { ImportedName };
export { bindingsOf, readImport, resolveRelative };
