import * as z from 'zod';
import { PermanentError } from '../../lib/errors.ts';
import { addSeconds } from '../../lib/time.ts';
import type { Context, Session } from '../context.ts';
import { durationSchema, formatSeconds } from '../duration.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { findArtifact } from '../find-artifact.ts';
import { type VerifiedState, verifiedState } from '../wait-verified.ts';
import { wholeNumberSchema } from '../whole-number.ts';
import { livingLifecycles } from './nodes.ts';

/** Bare numbers are seconds. */
const timeoutSchema = z.union([z.string().regex(/^\d+$/).transform(Number), durationSchema], {
  error: 'write seconds, or 90s, 30m, 2h',
});

const waitInputSchema = z.object({
  artifact: z.string(),
  min: wholeNumberSchema(1),
  timeout: timeoutSchema,
});

const POLL_SECONDS = 1;

const readState = async ({ stores }: Context, artifactId: string): Promise<VerifiedState> => {
  const [artifact, nodes, deliveries, distributions] = await Promise.all([
    stores.artifacts.get(artifactId),
    stores.nodes.listByLifecycle(livingLifecycles),
    stores.deliveries.listByArtifact(artifactId),
    stores.distributions.listByArtifact(artifactId),
  ]);
  if (!artifact) throw new PermanentError(`the artifact ${artifactId} is no longer registered`);
  const newestFirst = [...distributions].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  return verifiedState(artifact, nodes, deliveries, newestFirst);
};

/** Exit code 0 only if at least `--min` living nodes hold the file, verified on their own disk, at this moment. */
const waitForArtifact = async (
  input: z.infer<typeof waitInputSchema>,
  session: Session,
): Promise<ExitCode> => {
  const context = await session.connect();
  const { io, screen } = session;
  const artifact = await findArtifact(context.stores.artifacts, input.artifact);
  const deadline = addSeconds(io.clock.now(), input.timeout);
  let state = await readState(context, artifact.artifactId);
  while (state.verifiedNodeIds.length < input.min && io.clock.now() < deadline && !io.signal.aborted) {
    await io.sleep(POLL_SECONDS, io.signal);
    state = await readState(context, artifact.artifactId);
  }
  const reached = state.verifiedNodeIds.length >= input.min;
  const { artifactId, name, version } = artifact;
  screen.show({ artifactId, name, version, reached, min: input.min, ...state }, () => {
    const verified = state.verifiedNodeIds.length;
    const count = `${verified} of the ${input.min} wanted nodes hold ${name}@${version}, verified.`;
    if (reached) return `${screen.good('Yes')}: ${count}`;
    return [
      `${screen.bad('No')}, ${io.signal.aborted ? 'interrupted' : `after ${formatSeconds(input.timeout)}`}: ${count}`,
      ...state.missing.map(({ nodeId, reason }) => `  ${nodeId}  ${reason}`),
      ...(verified + state.missing.length < input.min
        ? [`  The fleet has only ${verified + state.missing.length} living nodes.`]
        : []),
    ].join('\n');
  });
  return reached ? EXIT.ok : EXIT.failed;
};

export { timeoutSchema, waitForArtifact, waitInputSchema };
