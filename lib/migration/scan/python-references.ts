import { parser } from '@lezer/python';
import { bindingsOf, type ImportedName, readImport, resolveRelative } from './python-imports.ts';
import {
  childrenOf,
  dottedName,
  isWithinDotted,
  type Place,
  placeOf,
  type SyntaxNode,
  stringValue,
  textOf,
} from './python-text.ts';

/** How a file refers to a module: `use` is `package.module.name` after an import of the package. */
type ReferenceForm = 'import' | 'from' | 'relative' | 'dynamic' | 'use' | 'daemon-list' | 'setting';

interface PythonReference {
  readonly offset: number;
  readonly module: string;
  /** What is taken from the module; `*` is all. */
  readonly name?: string;
  readonly form: ReferenceForm;
  readonly place: Place;
}

/** Functions that take the name of a module as their first argument; a second or `package=` resolves a relative one. */
const DYNAMIC = new Set([
  '__import__',
  'builtins.__import__',
  'import_module',
  'importlib.import_module',
  'importlib.__import__',
  'importlib.util.find_spec',
  'runpy.run_module',
  'pkgutil.resolve_name',
]);

const resolveName = (written: string, bindings: ReadonlyMap<string, string>): string => {
  const [first = '', ...rest] = written.split('.');
  return [bindings.get(first) ?? first, ...rest].join('.');
};

/** Positional arguments, and those with a name. */
const argumentsOf = (list: SyntaxNode, text: string) => {
  const positional: SyntaxNode[] = [];
  const named = new Map<string, SyntaxNode>();
  const nodes = childrenOf(list).filter(({ name }) => !/^[(),⚠]$/.test(name));
  for (const [index, node] of nodes.entries()) {
    const key = nodes[index - 1]?.name === 'AssignOp' ? nodes[index - 2] : undefined;
    if (key !== undefined) named.set(textOf(key, text), node);
    else if (node.name !== 'AssignOp' && nodes[index + 1]?.name !== 'AssignOp') positional.push(node);
  }
  return { positional, named };
};

/** `importlib.import_module("…")` and its like. */
const readDynamic = (
  call: SyntaxNode,
  text: string,
  bindings: ReadonlyMap<string, string>,
  packagePath: readonly string[],
): PythonReference | undefined => {
  const [callee, list] = childrenOf(call);
  const written = callee === undefined ? undefined : dottedName(callee, text);
  if (written === undefined || list?.name !== 'ArgList' || !DYNAMIC.has(resolveName(written, bindings)))
    return undefined;
  const { positional, named } = argumentsOf(list, text);
  const first = positional[0] ?? named.get('name');
  const target = first === undefined ? undefined : stringValue(first, text);
  if (first === undefined || target === undefined) return undefined;
  const anchor = positional[1] ?? named.get('package');
  const anchorPackage = anchor === undefined ? undefined : stringValue(anchor, text)?.split('.');
  const module = target.startsWith('.')
    ? resolveRelative(anchorPackage ?? packagePath, target)
    : target.replace(':', '.');
  return { offset: first.from, module, form: 'dynamic', place: placeOf(call) };
};

const formOf = ({ isRelative, name }: ImportedName): ReferenceForm => {
  if (isRelative) return 'relative';
  return name === undefined ? 'import' : 'from';
};

const DEFINITIONS = new Set(['ClassDefinition', 'FunctionDefinition', 'ParamList']);

/** Does this name get its meaning here: defined, a parameter, or assigned to? */
const isDefinition = ({ parent, nextSibling }: SyntaxNode): boolean =>
  parent !== null &&
  (DEFINITIONS.has(parent.name) || (parent.name === 'AssignStatement' && nextSibling?.name === 'AssignOp'));

/** After `from package import *` a name that nothing else binds may come from there: its first use is told. */
const starUses = (
  imports: readonly ImportedName[],
  bindings: ReadonlyMap<string, string>,
  variables: readonly SyntaxNode[],
  text: string,
): PythonReference[] => {
  const stars = imports.filter(({ name }) => name === '*');
  if (stars.length === 0) return [];
  const uses = Map.groupBy(variables, (node) => textOf(node, text));
  return [...uses].flatMap(([name, nodes]) => {
    const [first] = nodes;
    if (first === undefined || bindings.has(name) || nodes.some(isDefinition)) return [];
    return stars.map(({ module }) => ({
      offset: first.from,
      module,
      name,
      form: 'use' as const,
      place: placeOf(first),
    }));
  });
};

/**
 * Every module that the file refers to, in the order of the text. A file with errors is read as far as its grammar goes.
 * @param packagePath folders from the root of the file system to the file's own: relative imports start there
 */
const readPythonReferences = (text: string, packagePath: readonly string[]): PythonReference[] => {
  const references: PythonReference[] = [];
  const imports: ImportedName[] = [];
  const calls: SyntaxNode[] = [];
  const members: SyntaxNode[] = [];
  const variables: SyntaxNode[] = [];
  const mayHaveStar = /\bimport\b[\s\\]*\*/.test(text);
  parser.parse(text).iterate({
    // A node is only made of what matters: the walk itself is cheap.
    enter: (at) => {
      if (at.name === 'ImportStatement') {
        const place = placeOf(at.node);
        for (const imported of readImport(at.node, text, packagePath)) {
          imports.push(imported);
          const { offset, module, name: taken } = imported;
          const form = formOf(imported);
          references.push({ offset, module, form, place, ...(taken === undefined ? {} : { name: taken }) });
        }
        return false;
      }
      if (at.name === 'CallExpression') calls.push(at.node);
      else if (at.name === 'VariableName') {
        if (mayHaveStar) variables.push(at.node);
      } else if (at.name === 'MemberExpression' && !isWithinDotted(at.node)) members.push(at.node);
      return true;
    },
  });
  const bindings = bindingsOf(imports);
  for (const call of calls) {
    const reference = readDynamic(call, text, bindings, packagePath);
    if (reference !== undefined) references.push(reference);
  }
  for (const member of members) {
    const written = dottedName(member, text);
    if (written !== undefined && bindings.has(written.split('.')[0] ?? ''))
      references.push({
        offset: member.from,
        module: resolveName(written, bindings),
        form: 'use',
        place: placeOf(member),
      });
  }
  references.push(...starUses(imports, bindings, variables, text));
  return references.sort((one, other) => one.offset - other.offset);
};

export type { PythonReference, ReferenceForm };
export { readPythonReferences };
