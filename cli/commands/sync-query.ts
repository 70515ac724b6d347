import * as z from 'zod';
import { artifactKindSchema } from '../../lib/artifacts/artifact.ts';
import { type SyncQuery, syncQuerySchema } from '../../lib/sync/sync-request.ts';
import type { OptionSpec } from '../command.ts';
import { UsageError } from '../exit.ts';
import { wholeNumberSchema } from '../whole-number.ts';

const queryShape = {
  artifact: z.string().optional(),
  kind: artifactKindSchema.optional(),
  name: z.string().optional(),
  label: z.array(z.string().regex(/^[^=]+=/, 'write key=value')).optional(),
  newest: wholeNumberSchema(1).optional(),
};
const querySchema = z.object(queryShape);

/** How a command says which artifacts it means. */
const queryOptions: readonly OptionSpec[] = [
  { flags: '--artifact <artifactId>', description: 'this artifact' },
  { flags: '--kind <kind>', description: artifactKindSchema.options.join(', ') },
  { flags: '--name <name>', description: 'the newest of this name' },
  { flags: '--label <key=value>', description: 'with this label; may be repeated', repeatable: true },
  { flags: '--newest <n>', description: 'so many of them (default 1)' },
];

/** @throws UsageError when it names neither an artifact nor a name, or both */
const readQuery = ({ artifact, kind, name, label, newest }: z.infer<typeof querySchema>): SyncQuery => {
  if ((artifact === undefined) === (name === undefined))
    throw new UsageError('say which: --artifact, or --name (with --kind, --label, --newest)');
  const labels = Object.fromEntries(
    (label ?? []).map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
  const parsed = syncQuerySchema.safeParse(
    artifact !== undefined
      ? { artifactId: artifact }
      : {
          name,
          ...(kind === undefined ? {} : { kind }),
          ...(label === undefined ? {} : { labels }),
          ...(newest === undefined ? {} : { newest }),
        },
  );
  if (!parsed.success) throw new UsageError(`not a query: ${parsed.error.message}`, { cause: parsed.error });
  return parsed.data;
};

export { queryOptions, queryShape, readQuery };
