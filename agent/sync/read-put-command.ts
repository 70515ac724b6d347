import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { artifactKindSchema } from '../../lib/artifacts/artifact.ts';
import { PermanentError } from '../../lib/errors.ts';
import { type PutRequest, requestSchema } from './put-protocol.ts';

/** What a command line asks of the agent that runs on a data folder. */
interface Asked {
  readonly data: string;
  readonly request: PutRequest;
}

interface PutProgram {
  readonly usage: string;
  /** undefined: help is wanted. @throws with one line that says what is wrong */
  readonly read: (argv: readonly string[], environment: NodeJS.ProcessEnv) => Asked | undefined;
}

const common = { help: { type: 'boolean', short: 'h' }, data: { type: 'string' } } as const;
const dataSchema = z
  .string({ error: 'say with --data (or DROVER_DATA) where the agent keeps its data' })
  .min(1);
const secondsSchema = z.coerce.number({ error: '--seconds must be a number' });

const labelsOf = (pairs: readonly string[]): { labels?: Record<string, string> } => {
  const labels = pairs.map((pair): [string, string] => {
    const cut = pair.indexOf('=');
    if (cut < 1) throw new PermanentError(`--label ${pair} is not KEY=VALUE`);
    return [pair.slice(0, cut), pair.slice(cut + 1)];
  });
  return labels.length === 0 ? {} : { labels: Object.fromEntries(labels) };
};

const put: PutProgram = {
  usage: `Usage: drover-agent put <file|folder> --kind KIND --name NAME [--label KEY=VALUE …] [--data FOLDER]

Hands data to the agent of this machine, which brings it into the store. Once it has answered, the data is the agent's: you may
move, replace or delete it (but write a large file anew rather than in place). It needs no credentials, only the user that runs the agent.

  --kind KIND        ${artifactKindSchema.options.join(', ')}
  --name NAME        such as hex8_2p; the version is made from the content
  --label KEY=VALUE  as often as you like, such as --label board=hex8
  --data FOLDER      the agent's data folder (default: DROVER_DATA)

Of a folder every file becomes an artifact of its own, with its place in the folder as the label "path". Empty files, links, and
files beside which <file>.writing stands are left out. SQLite databases may be in use: the agent takes a snapshot.
`,
  read: (argv, environment) => {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        ...common,
        kind: { type: 'string' },
        name: { type: 'string' },
        label: { type: 'string', multiple: true },
      },
    });
    if (values.help === true) return undefined;
    const [path] = positionals;
    if (path === undefined || positionals.length > 1) throw new PermanentError('name one file or folder');
    return {
      data: dataSchema.parse(values.data ?? environment['DROVER_DATA']),
      request: requestSchema.parse({
        type: 'put',
        path: resolve(path),
        kind: values.kind,
        name: values.name,
        ...labelsOf(values.label ?? []),
      }),
    };
  },
};

const notice: PutProgram = {
  usage: `Usage: drover-agent notice --seconds N [--data FOLDER]

Tells the agent that this machine will be taken away in N seconds, as its provider announces it: it brings into the store what it
can, the most valuable first, and reports what did not make it.
`,
  read: (argv, environment) => {
    const { values } = parseArgs({ args: [...argv], options: { ...common, seconds: { type: 'string' } } });
    if (values.help === true) return undefined;
    return {
      data: dataSchema.parse(values.data ?? environment['DROVER_DATA']),
      request: requestSchema.parse({ type: 'notice', seconds: secondsSchema.parse(values.seconds) }),
    };
  },
};

const putPrograms = { put, notice } as const;

export type { Asked, PutProgram };
export { putPrograms };
