import { segmentSchema } from '../../lib/artifacts/artifact.ts';
import type { Claim } from '../../lib/commands/node-configuration.ts';
import { PermanentError } from '../../lib/errors.ts';
import { fillPlaceholders } from '../../lib/work/placeholders.ts';
import { compileGlobs } from '../data/file-globs.ts';
import { walkFiles } from '../data/walk-files.ts';
import type { JobFolder } from './job-folder.ts';
import type { JobOrder } from './work-journal-state.ts';

interface Output extends Pick<Claim, 'kind' | 'name' | 'labels'> {
  /** Absolute. */
  readonly path: string;
}

interface FoundOutputs {
  readonly outputs: readonly Output[];
  /** What is too few of, in words; undefined when nothing is. */
  readonly missing: string | undefined;
}

/** So many artifacts of one job still fit its report. */
const MAX_OUTPUTS = 500;

/** @throws PermanentError when the parameters make no name that an artifact can have */
const nameOf = (name: string, parameters: JobOrder['parameters']): string => {
  const filled = segmentSchema.safeParse(fillPlaceholders(name, parameters));
  if (filled.success) return filled.data;
  throw new PermanentError(
    `the output's name ${name} becomes ${JSON.stringify(fillPlaceholders(name, parameters)).slice(0, 150)}: ${filled.error.issues[0]?.message}`,
  );
};

/**
 * The files below the job's folder that its template declares as outputs. A file belongs to the first output that it matches. Empty
 * files hold nothing, and count as none.
 * @throws PermanentError when there are more than a report can name, or a name that none can have
 */
const findOutputs = async (
  { template, parameters }: Pick<JobOrder, 'template' | 'parameters'>,
  folder: JobFolder,
  signal: AbortSignal,
): Promise<FoundOutputs> => {
  const declared = template.outputs.map(({ glob, name, ...rest }) => ({
    ...rest,
    glob,
    name: nameOf(name, parameters),
    globs: compileGlobs([glob], { home: folder.path, root: folder.path }),
    count: 0,
  }));
  const outputs: Output[] = [];
  if (declared.length > 0) {
    for await (const files of walkFiles(folder.path, { skips: () => false, signal })) {
      for (const { path, bytes } of files) {
        if (bytes === 0 || path === folder.log || path === folder.result) continue;
        const output = declared.find(({ globs }) => globs.matches(path));
        if (output === undefined) continue;
        output.count += 1;
        const { kind, name, labels } = output;
        outputs.push({ path, kind, name, ...(labels === undefined ? {} : { labels }) });
        if (outputs.length > MAX_OUTPUTS) {
          throw new PermanentError(
            `more than ${MAX_OUTPUTS} output files: let the program pack them into one`,
          );
        }
      }
    }
  }
  const lacking = declared.find(({ count, minimum }) => count < minimum);
  const missing =
    lacking &&
    `${lacking.count} files match the output ${lacking.glob}, at least ${lacking.minimum} are needed (empty files do not count)`;
  return { outputs, missing };
};

export type { FoundOutputs, Output };
export { findOutputs };
