import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type YAMLError,
  type Node as YamlNode,
} from 'yaml';
import type { ConfigPath } from './config-path.ts';

interface Position {
  readonly line: number;
  readonly column: number;
}

interface YamlProblem extends Position {
  readonly message: string;
}

/** A text that says one thing only, or why it does not. */
type YamlReading =
  | {
      readonly value: unknown;
      /** Where a name (or its value) stands; the nearest that there is. */
      readonly locate: (path: ConfigPath, isAboutName: boolean) => Position;
    }
  | { readonly problems: readonly YamlProblem[] };

/** The parser's words are for people who know YAML's grammar. */
const describeError = ({ code, message }: YAMLError, text: string, offset: number): string => {
  switch (code) {
    case 'DUPLICATE_KEY':
      return `${/^[^:\n]*/.exec(text.slice(offset))?.[0].trim() ?? 'this name'} is written twice in one mapping: keep one of them`;
    case 'TAB_AS_INDENT':
      return 'a tab indents this line: use blanks';
    case 'MULTIPLE_DOCS':
      return 'a second document begins here: one file has one, remove the line ---';
    case 'TAG_RESOLVE_FAILED':
      return 'a tag (!…) has no meaning here: put quotes around it if it is text';
    case 'RESOURCE_EXHAUSTION':
      return 'this is nested too deeply';
    default:
      return `this is no YAML: ${message.split('\n')[0]}`;
  }
};

/** What YAML knows and a configuration must not have: it hides from a reader what is meant. */
const refuse = (node: unknown): { at: unknown; message: string } | undefined => {
  if (isAlias(node))
    return {
      at: node,
      message: 'an alias (*…) is not allowed: write it out, or put quotes around it if it is text',
    };
  if (isNode(node) && 'anchor' in node && node.anchor !== undefined)
    return { at: node, message: 'an anchor (&…) is not allowed: write it out where it is meant' };
  if (isNode(node) && node.tag !== undefined)
    return { at: node, message: 'a tag (!…) has no meaning here: put quotes around it if it is text' };
  if (!isPair(node)) return undefined;
  if (isScalar(node.key) && typeof node.key.value === 'string')
    return node.key.value === '__proto__'
      ? { at: node.key, message: '__proto__ is no name here' }
      : undefined;
  return isAlias(node.key)
    ? undefined
    : { at: node.key, message: 'a name is text: put quotes around a number, true, false or null' };
};

const startOf = (node: unknown): number => (isNode(node) ? (node.range?.[0] ?? 0) : 0);

const findNode = (document: Document.Parsed, path: ConfigPath, isAboutName: boolean): YamlNode | null => {
  let found: YamlNode | null = document.contents;
  let at: unknown = document.contents;
  for (const [index, segment] of path.entries()) {
    let name: unknown;
    if (isMap(at)) {
      const pair = at.items.find(({ key }) => isScalar(key) && key.value === segment);
      name = pair?.key;
      at = pair?.value;
    } else at = isSeq(at) && typeof segment === 'number' ? at.items[segment] : undefined;
    const isLast = index === path.length - 1;
    if (isLast && isAboutName && isNode(name)) return name;
    if (isNode(at)) found = at;
    else if (isNode(name)) return name;
    else return found;
  }
  return found;
};

/** Reads one document of plain mappings, lists and scalars (YAML 1.2). Everything that can mislead is a problem, not a guess. */
const readYaml = (text: string): YamlReading => {
  const lineCounter = new LineCounter();
  const positionOf = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const problems: YamlProblem[] = [];
  const report = (offset: number, message: string): void => {
    problems.push({ ...positionOf(offset), message });
  };
  const errors = [...document.errors, ...document.warnings];
  // After the first error of grammar the parser guesses: what it says then only confuses.
  const broken = errors.find(({ code }) => code !== 'DUPLICATE_KEY');
  for (const error of broken === undefined ? errors : [broken])
    report(error.pos[0], describeError(error, text, error.pos[0]));
  if (problems.length > 0) return { problems };
  // An older YAML reads the same text otherwise: 1:30 is 90 there.
  if (document.directives.yaml.explicit) report(0, 'a line %YAML has no meaning here: remove it');
  visit(document, (_key, node) => {
    const refused = refuse(node);
    if (refused !== undefined) report(startOf(refused.at), refused.message);
  });
  if (problems.length > 0) return { problems };
  return {
    value: document.toJS(),
    locate: (path, isAboutName) => positionOf(startOf(findNode(document, path, isAboutName))),
  };
};

export type { Position };
export { readYaml };
