import * as z from 'zod';
import type { ArtifactKind } from '../../../lib/artifacts/artifact.ts';
import type { ReachableCloud } from '../../../local/cloud.ts';
import { runCli } from './run-cli.ts';

/** Runs a command that must succeed, and answers its JSON document. */
const drover = async <Schema extends z.ZodType>(
  cloud: ReachableCloud,
  schema: Schema,
  ...args: string[]
): Promise<z.infer<Schema>> => {
  const { code, stdout, stderr } = await runCli(cloud, [...args, '--json']);
  if (code !== 0) throw new Error(`drover ${args.join(' ')} ended with ${code}: ${stdout} ${stderr}`);
  return schema.parse(JSON.parse(stdout));
};

const publishedSchema = z.object({ artifact: z.object({ artifactId: z.string() }) });

interface Publication {
  readonly file: string;
  readonly kind: ArtifactKind;
  readonly name: string;
  readonly version: string;
}

/** `drover artifacts publish`; answers the artifactId. */
const publish = async (
  cloud: ReachableCloud,
  { file, kind, name, version }: Publication,
): Promise<string> => {
  const args = ['artifacts', 'publish', file, '--kind', kind, '--name', name, '--version', version];
  return (await drover(cloud, publishedSchema, ...args)).artifact.artifactId;
};

/** `drover models promote --yes`. */
const promote = async (cloud: ReachableCloud, model: string): Promise<void> => {
  await drover(cloud, z.object({ promoted: z.literal(true) }), 'models', 'promote', model, '--yes');
};

const lettersSchema = z.object({
  messages: z.array(
    z.object({
      messageId: z.string(),
      reason: z.string(),
      body: z.string(),
      refusedBy: z.string().optional(),
    }),
  ),
});
type Letter = z.infer<typeof lettersSchema>['messages'][number];

/** `drover dlq show`: what a dead-letter queue holds. */
const deadLetters = async (cloud: ReachableCloud, queue: string): Promise<Letter[]> =>
  (await drover(cloud, lettersSchema, 'dlq', 'show', queue, '--limit', '100')).messages;

export type { Letter, Publication };
export { deadLetters, drover, promote, publish };
