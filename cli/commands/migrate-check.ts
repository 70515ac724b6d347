import { readdir, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import picomatch from 'picomatch';
import * as z from 'zod';
import { PRIORITIES } from '../../lib/migration/deprecation.ts';
import {
  type CheckReport,
  checkTree,
  type Finding,
  isComplete,
} from '../../lib/migration/scan/check-tree.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import { EXIT, type ExitCode, UsageError } from '../exit.ts';
import type { Screen } from '../output/screen.ts';

const inputSchema = z.object({
  path: z.string().min(1).default('.'),
  skipTests: z.boolean().default(false),
  deprecatedOnly: z.boolean().default(false),
  exclude: z.array(z.string().min(1)).default([]),
  strict: z.boolean().default(false),
});

const WORDS: Readonly<Record<Finding['form'], string>> = {
  import: '',
  from: '',
  relative: ', relative import',
  dynamic: ', imported by its name',
  use: ', used through its package',
  'daemon-list': ', in a list of daemons',
  setting: ', named in a setting',
};

const describeFinding = (screen: Screen, finding: Finding): string => {
  const { file, line, column, module, name, form, place, priority, status, replacement } = finding;
  const what = name === undefined ? module : `${module}.${name}`;
  const where = place === 'top' ? '' : `, ${place}`;
  return [
    `${file}:${line}:${column}  ${screen.strong(what)}  ${priority}, ${status}${WORDS[form]}${where}`,
    `    use: ${replacement.text}`,
    `    as: ${replacement.example}`,
  ].join('\n');
};

interface ModuleSummary {
  readonly module: string;
  readonly priority: Finding['priority'];
  readonly status: Finding['status'];
  readonly references: number;
  readonly files: number;
}

/** By module, the most urgent first. */
const summarize = (findings: readonly Finding[]): ModuleSummary[] =>
  [...Map.groupBy(findings, ({ module }) => module)]
    .flatMap(([module, group]) => {
      const [first] = group;
      if (first === undefined) return [];
      const files = new Set(group.map(({ file }) => file)).size;
      return { module, priority: first.priority, status: first.status, references: group.length, files };
    })
    .sort(
      (one, other) =>
        PRIORITIES.indexOf(one.priority) - PRIORITIES.indexOf(other.priority) ||
        other.references - one.references ||
        (one.module < other.module ? -1 : 1),
    );

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

const describeReport = (screen: Screen, report: CheckReport): string => {
  const { findings, notes, filesRead } = report;
  const summary = summarize(findings);
  const skipped = [...Map.groupBy(notes, ({ reason }) => reason)].map(
    ([reason, group]) => `${group.length} ${reason}`,
  );
  return [
    ...findings.map((finding) => describeFinding(screen, finding)),
    ...(summary.length === 0
      ? []
      : [
          screen.table(
            ['MODULE', 'PRIORITY', 'STATUS', 'REFERENCES', 'FILES'],
            summary.map(({ module, priority, status, references, files }) => [
              module,
              priority,
              status,
              String(references),
              String(files),
            ]),
          ),
        ]),
    ...notes
      .filter(({ reason }) => reason !== 'vendored' && reason !== 'excluded')
      .map(({ path, reason, detail }) =>
        screen.faint(`not read: ${path} (${reason}${detail === undefined ? '' : `: ${detail}`})`),
      ),
    `${counted(filesRead, 'file')}, ${counted(findings.length, 'reference')} to move${skipped.length === 0 ? '' : ` (left out: ${skipped.join(', ')})`}`,
  ].join('\n');
};

/** Relative imports are resolved by where files really lie. */
const rootOf = async (folder: string, path: string): Promise<string> => {
  try {
    const root = await realpath(resolve(folder, path));
    // Reading its entries says why it cannot be read, or that it is no folder.
    await readdir(root);
    return root;
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
};

const check = async (input: z.infer<typeof inputSchema>, session: Session): Promise<ExitCode> => {
  const { io, screen } = session;
  const root = await rootOf(io.workingFolder, input.path);
  const report = await checkTree(root, {
    skipTests: input.skipTests,
    deprecatedOnly: input.deprecatedOnly,
    isExcluded: picomatch([...input.exclude], { dot: true }),
  });
  const complete = isComplete(report);
  screen.show({ ...report, complete, summary: summarize(report.findings) }, () =>
    describeReport(screen, report),
  );
  return input.strict && (report.findings.length > 0 || !complete) ? EXIT.failed : EXIT.ok;
};

const addMigrateCheckCommand = (group: Command, host: CommandHost): void =>
  defineCommand(group, host, {
    usage: 'check [path]',
    description: 'Find what a Python code base still uses of the modules that Drover replaces',
    options: [
      { flags: '--skip-tests', description: 'leave out tests' },
      { flags: '--deprecated-only', description: 'only what warned or was archived before Drover came' },
      {
        flags: '--exclude <glob>',
        description: 'leave this out; can be given several times',
        repeatable: true,
      },
      { flags: '--strict', description: 'exit code 1 when something is found, or could not be read' },
    ],
    input: inputSchema,
    examples: [
      'drover migrate check ./ai-service',
      'drover migrate check . --skip-tests --strict',
      'drover migrate check . --deprecated-only --json',
    ],
    run: check,
  });

export { addMigrateCheckCommand };
