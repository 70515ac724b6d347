import type { parser } from '@lezer/python';

type SyntaxNode = ReturnType<(typeof parser)['parse']>['topNode'];

/** The children of a node, tokens included, without comments. */
const childrenOf = (node: SyntaxNode): SyntaxNode[] => {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling)
    if (child.name !== 'Comment') children.push(child);
  return children;
};

const textOf = (node: SyntaxNode, text: string): string => text.slice(node.from, node.to);

/** `a.b.c` of names alone; undefined for anything else, as the result of a call. However long it is: a program may have made it. */
const dottedName = (node: SyntaxNode, text: string): string | undefined => {
  const names: string[] = [];
  let at = node;
  while (at.name === 'MemberExpression') {
    const [object, dot, property] = childrenOf(at);
    if (object === undefined || dot?.name !== '.' || property?.name !== 'PropertyName') return undefined;
    names.push(textOf(property, text));
    at = object;
  }
  return at.name === 'VariableName' ? [textOf(at, text), ...names.reverse()].join('.') : undefined;
};

/** Is this a part of a longer `a.b.c`? `a.b[0].c` ends at the bracket. */
const isWithinDotted = ({ parent, to }: SyntaxNode): boolean =>
  parent?.name === 'MemberExpression' &&
  parent.lastChild?.name === 'PropertyName' &&
  parent.lastChild.from > to;

/** The value of a literal of text; undefined when it is none, or has escapes or values in it: it names no module then. */
const stringValue = (node: SyntaxNode, text: string): string | undefined => {
  if (node.name === 'ContinuedString') {
    const parts = childrenOf(node).map((part) => stringValue(part, text));
    return parts.includes(undefined) ? undefined : parts.join('');
  }
  const isLiteral = node.name === 'String' || (node.name === 'FormatString' && node.firstChild === null);
  if (!isLiteral) return undefined;
  const match = /^[A-Za-z]{0,2}("""|'''|"|')([\s\S]*)\1$/.exec(textOf(node, text));
  const value = match?.[2];
  return value?.includes('\\') ? undefined : value;
};

/** Where code stands: run when the module is imported, only later, or only if. */
type Place = 'top' | 'lazy' | 'guarded';

const LAZY = new Set(['FunctionDefinition', 'LambdaExpression']);
const GUARDS = new Set(['TryStatement', 'IfStatement', 'WithStatement', 'MatchStatement']);

const placeOf = (node: SyntaxNode): Place => {
  let place: Place = 'top';
  for (let at = node.parent; at !== null; at = at.parent) {
    if (LAZY.has(at.name)) return 'lazy';
    if (GUARDS.has(at.name)) place = 'guarded';
  }
  return place;
};

export type { Place, SyntaxNode };
export { childrenOf, dottedName, isWithinDotted, placeOf, stringValue, textOf };
