import { readFile } from 'node:fs/promises';
import { runLimited } from '../../run-limited.ts';
import type { Deprecation, Priority, Replacement } from '../deprecation.ts';
import { decodeSource } from './decode-source.ts';
import { findDeprecated, mayRefer } from './find-deprecated.ts';
import { listTree, type Note, type TreeReader } from './list-tree.ts';
import { type ReferenceForm, readPythonReferences } from './python-references.ts';
import type { Place } from './python-text.ts';
import { findInYaml, mayListDaemons } from './yaml-references.ts';

/** One reference that has to move, and where to. */
interface Finding {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly module: string;
  readonly name?: string;
  readonly form: ReferenceForm;
  readonly place: Place;
  readonly status: Deprecation['status'];
  readonly priority: Priority;
  readonly replacement: Replacement;
}

interface CheckReport {
  readonly filesRead: number;
  readonly findings: readonly Finding[];
  readonly notes: readonly Note[];
}

interface CheckOptions {
  readonly skipTests: boolean;
  /** Leaves out modules that were current until Drover came: the guide's own commands look for the others only. */
  readonly deprecatedOnly: boolean;
  readonly isExcluded: (path: string) => boolean;
  readonly reader?: TreeReader;
}

/** More at once would only wait for the same disk. */
const CONCURRENT_READS = 16;

const isPythonScript = (text: string): boolean => /^#!.*\bpython/.test(text);

/** Lines and columns count from 1, as editors do. */
const positionIn = (text: string) => {
  const starts = [0, ...[...text.matchAll(/\r\n|\r|\n/g)].map(({ index, 0: end }) => index + end.length)];
  return (offset: number): { line: number; column: number } => {
    const line = starts.findLastIndex((start) => start <= offset);
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
  };
};

/** A name that warned before Drover came is deprecated, also where its module was not. */
const detailsOf = ({ module, status, priority, replacement, warned }: Deprecation, name?: string) => ({
  module,
  ...(name === undefined ? {} : { name }),
  status: name !== undefined && warned?.includes(name) ? ('deprecated' as const) : status,
  priority,
  replacement,
});

const findInPython = (file: string, text: string, packagePath: readonly string[]): Finding[] => {
  if (!mayRefer(text)) return [];
  const matches = findDeprecated(readPythonReferences(text, packagePath));
  if (matches.length === 0) return [];
  const position = positionIn(text);
  return matches.map(({ row, name, reference: { offset, form, place } }) => ({
    file,
    ...position(offset),
    ...detailsOf(row, name),
    form,
    place,
  }));
};

const findDaemons = (file: string, text: string): Finding[] => {
  if (!mayListDaemons(text)) return [];
  return findInYaml(text).map(({ line, column, row, name, form }) => ({
    file,
    line,
    column,
    ...detailsOf(row, name),
    form,
    place: 'top',
  }));
};

const inOrder = (one: Finding, other: Finding): number =>
  one.file === other.file
    ? one.line - other.line || one.column - other.column
    : one.file < other.file
      ? -1
      : 1;

/**
 * Finds what still uses the replaced modules in a folder of Python code.
 * @param root an absolute path without links
 */
const checkTree = async (root: string, options: CheckOptions): Promise<CheckReport> => {
  const listing = await listTree(root, options);
  const findings: Finding[] = [];
  const notes: Note[] = [...listing.notes];
  const parents = root.split(/[/\\]/);

  let filesRead = 0;
  const checkFile = async ({ path, kind }: (typeof listing.files)[number]): Promise<void> => {
    const leave = (reason: Note['reason'], error: unknown): void => {
      notes.push({ path, reason, detail: error instanceof Error ? error.message : String(error) });
    };
    let text: string;
    try {
      text = decodeSource(await readFile(`${root}/${path}`));
    } catch (error) {
      leave('unreadable', error);
      return;
    }
    if (kind === 'script' && !isPythonScript(text)) return;
    filesRead += 1;
    try {
      findings.push(
        ...(kind === 'yaml'
          ? findDaemons(path, text)
          : findInPython(path, text, [...parents, ...path.split('/').slice(0, -1)])),
      );
    } catch (error) {
      leave(kind === 'yaml' ? 'no-yaml' : 'unreadable', error);
    }
  };

  const [failure] = await runLimited(listing.files, CONCURRENT_READS, checkFile);
  if (failure !== undefined) throw failure;
  return {
    filesRead,
    findings: findings.filter(({ status }) => !options.deprecatedOnly || status !== 'replaced').sort(inOrder),
    notes: notes.sort((one, other) => (one.path < other.path ? -1 : 1)),
  };
};

/** Was everything read? What was not may hold anything. */
const isComplete = ({ notes }: CheckReport): boolean =>
  !notes.some(({ reason }) => reason === 'unreadable' || reason === 'too-large' || reason === 'no-yaml');

export type { CheckReport, Finding };
export { checkTree, isComplete };
