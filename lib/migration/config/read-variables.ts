import type { Draft, Source } from './draft.ts';

/** One variable, with where it was written. */
interface Variable {
  readonly name: string;
  readonly value: string;
  readonly source: Source;
}

const LINE = /^(\s*(?:export\s+)?)([A-Za-z_][A-Za-z0-9_]*)=(.*)$/;

const unquote = (written: string): string => {
  const quoted = /^(["'])(.*)\1\s*(?:#.*)?$/.exec(written.trim());
  return quoted?.[2] ?? written.replace(/\s+#.*$/, '').trim();
};

/** `NAME=value` lines, as shells, systemd and Docker read them. What is none, or comes twice, is a problem. */
const readVariables = (text: string, file: string, draft: Draft): Variable[] => {
  const found = new Map<string, Variable>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const match = LINE.exec(line);
    const [, before = '', name = '', written = ''] = match ?? [];
    const column = (match === null ? line.search(/\S/) : before.length) + 1;
    const source = `${file}:${index + 1}:${column}`;
    if (match === null) draft.problem(source, 'write NAME=value on a line of its own');
    else if (found.has(name)) draft.problem(source, `${name} is written twice: keep one of them`);
    else found.set(name, { name, value: unquote(written), source });
  }
  return [...found.values()];
};

/** The variables of a process, by name. */
const processVariables = (environment: Readonly<Record<string, string | undefined>>): Variable[] =>
  Object.entries(environment)
    .flatMap(([name, value]) => (value === undefined ? [] : { name, value, source: 'environment' }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));

export type { Variable };
export { processVariables, readVariables };
