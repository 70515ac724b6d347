import { isMap, isPair, isScalar, isSeq, LineCounter, parseAllDocuments, visit } from 'yaml';
import type { Deprecation } from '../deprecation.ts';
import { deprecations } from '../deprecations.ts';
import { matchDotted } from './find-deprecated.ts';
import type { ReferenceForm } from './python-references.ts';

interface YamlMatch {
  readonly line: number;
  readonly column: number;
  readonly row: Deprecation;
  readonly name?: string;
  readonly form: ReferenceForm;
}

const byDaemon = new Map(
  deprecations.flatMap((row) =>
    [row.module, ...row.daemonTypes].map((type): [string, Deprecation] => [type, row]),
  ),
);

/** Tells in an instant which files need not be parsed. */
const ANY_DAEMON = new RegExp([...byDaemon.keys()].join('|').replaceAll('_', '[_-]'), 'i');
const mayListDaemons = (text: string): boolean => ANY_DAEMON.test(text);

/** `daemons`, `enabled_daemons`, `daemon_types`. */
const isDaemonKey = (key: unknown): boolean =>
  isScalar(key) && typeof key.value === 'string' && /(^|[_-])daemons?([_-]types?)?$/i.test(key.value);

/** Is this value an entry of a list, or a key of a mapping, right under such a key? Its own settings are not. */
const isDaemonEntry = (path: readonly unknown[]): boolean => {
  const pairs = path.filter((step) => isPair(step));
  const last = pairs.at(-1);
  if (last === undefined) return false;
  if (isDaemonKey(last.key)) return true;
  // `- name: lambda_idle` in such a list.
  const above = pairs.at(-2);
  return (
    above !== undefined &&
    isDaemonKey(above.key) &&
    isSeq(above.value) &&
    isScalar(last.key) &&
    /^(name|type|daemon|daemon_type|id)$/.test(String(last.key.value))
  );
};

const daemonRow = (value: string): Deprecation | undefined =>
  byDaemon.get(
    value
      .trim()
      .toLowerCase()
      .replaceAll('-', '_')
      .replace(/^daemontype\./, ''),
  );

/**
 * Daemons in lists of daemons, and modules by their dotted names anywhere.
 * @throws Error when it is no YAML
 */
const findInYaml = (text: string): YamlMatch[] => {
  const lineCounter = new LineCounter();
  const found: YamlMatch[] = [];
  for (const document of parseAllDocuments(text, { lineCounter, prettyErrors: false, uniqueKeys: false })) {
    const [broken] = document.errors;
    if (broken !== undefined) throw broken;
    visit(document, {
      Scalar: (key, node, path) => {
        if (typeof node.value !== 'string') return;
        const { line, col: column } = lineCounter.linePos(node.range?.[0] ?? 0);
        const dotted = matchDotted(node.value.replace(':', '.'));
        if (dotted !== undefined) {
          found.push({ line, column, form: 'setting', ...dotted });
          return;
        }
        // Of a mapping, the keys are the daemons; of a list, the entries are.
        const steps = key === 'key' ? path.slice(0, -1) : path;
        const container = path.at(key === 'key' ? -2 : -1);
        const isEntry = key === 'key' ? isMap(container) : isSeq(container) || isPair(container);
        const row = isEntry && isDaemonEntry(steps) ? daemonRow(node.value) : undefined;
        if (row !== undefined) found.push({ line, column, row, form: 'daemon-list' });
      },
    });
  }
  return found;
};

export type { YamlMatch };
export { findInYaml, mayListDaemons };
