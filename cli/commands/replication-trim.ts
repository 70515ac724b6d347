import type { Command } from 'commander';
import * as z from 'zod';
import { artifactKindSchema } from '../../lib/artifacts/artifact.ts';
import { createHoldGate } from '../../lib/holds/hold-gate.ts';
import { decideTrim, type TrimDecision } from '../../lib/replication/decide-trim.ts';
import { holderState } from '../../lib/replication/holder.ts';
import { copiesPolicyOf, repairPolicyOf } from '../../lib/replication/replication-policy.ts';
import { type TrimOutcome, trimCopy } from '../../lib/replication/trim-copy.ts';
import { askFirst } from '../ask-first.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import type { Screen } from '../output/screen.ts';

const inputSchema = z.object({
  kind: artifactKindSchema.optional(),
  apply: z.boolean().default(false),
  yes: z.boolean().default(false),
});
type Input = z.infer<typeof inputSchema>;

/** Newest first; one run looks at so many. */
const MAX_ARTIFACTS = 100_000;

const planTrims = async ({ connect, io }: Session, { kind }: Input): Promise<TrimDecision[]> => {
  const { stores } = await connect();
  const { config } = await stores.config.current();
  const now = io.clock.now();
  const nodes = await stores.nodes.listByLifecycle(['active']);
  const policy = repairPolicyOf(config.replication);
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const holders = new Map(nodes.map((node) => [node.nodeId, holderState(node, policy, now)]));
  const promoted = new Set((await stores.artifacts.listPromoted()).map(({ artifactId }) => artifactId));
  const artifacts = await stores.artifacts.list({
    limit: MAX_ARTIFACTS,
    ...(kind === undefined ? {} : { kind }),
  });
  return artifacts
    .map((artifact) =>
      decideTrim(
        { artifact, nodes: byId, holders, isPromoted: promoted.has(artifact.artifactId) },
        copiesPolicyOf(config.replication, artifact),
        now,
      ),
    )
    .filter(({ action }) => action === 'trim');
};

interface Trimmed {
  readonly artifactId: string;
  readonly nodeId: string;
  readonly outcome: TrimOutcome;
}

const applyTrims = async (session: Session, decisions: readonly TrimDecision[]): Promise<Trimmed[]> => {
  const { stores, caller, installation } = await session.connect();
  const gate = createHoldGate({
    holds: stores.holds,
    clock: session.io.clock,
    warn: (message) => session.screen.note(message),
  });
  const ports = {
    ...stores,
    gate,
    bucket: installation.profile.artifactBucket,
    clock: session.io.clock,
    actor: (await caller()).arn,
  };
  const trimmed: Trimmed[] = [];
  for (const { artifactId, nodeIds, keepNodes } of decisions) {
    for (const nodeId of nodeIds)
      trimmed.push({ artifactId, nodeId, outcome: await trimCopy(ports, artifactId, nodeId, keepNodes) });
  }
  return trimmed;
};

const planTable = (screen: Screen, decisions: readonly TrimDecision[]): string =>
  screen.table(
    ['ARTIFACT', 'KEPT ON', 'DELETED ON'],
    decisions.map(({ artifactId, keepNodes, nodeIds }) => [
      artifactId.slice(0, 12),
      `${keepNodes} nodes and the store`,
      nodeIds.join(', '),
    ]),
  );

const trim = async (input: Input, session: Session): Promise<void> => {
  const { screen } = session;
  const plan = await planTrims(session, input);
  const copies = plan.reduce((sum, { nodeIds }) => sum + nodeIds.length, 0);
  if (!input.apply || copies === 0) {
    screen.show({ plan, applied: false }, () =>
      copies === 0
        ? 'No node holds more copies than fleet.yaml wants.'
        : `${planTable(screen, plan)}\n\n${copies} copies would be deleted. Nothing was done: say --apply.`,
    );
    return;
  }
  await askFirst(session, `Delete ${copies} copies on nodes, of artifacts that the store has?`, input.yes);
  const trimmed = await applyTrims(session, plan);
  const done = trimmed.filter(({ outcome }) => outcome === 'trimmed').length;
  screen.show({ plan, applied: true, trimmed }, () =>
    [
      `${done} of ${trimmed.length} copies are being deleted.`,
      ...trimmed
        .filter(({ outcome }) => outcome !== 'trimmed')
        .map(({ artifactId, nodeId, outcome }) =>
          screen.warn(`kept ${artifactId.slice(0, 12)} on ${nodeId}: ${outcome}`),
        ),
    ].join('\n'),
  );
};

const addTrimCommand = (group: Command, host: CommandHost): void =>
  defineCommand(group, host, {
    usage: 'trim',
    description: 'Copies on nodes beyond the target in fleet.yaml: shows them, and deletes them with --apply',
    options: [
      { flags: '--kind <kind>', description: 'only artifacts of this kind' },
      { flags: '--apply', description: 'delete them; the copy in the store is verified before each' },
      { flags: '--yes', description: 'do not ask' },
    ],
    input: inputSchema,
    examples: ['drover replication trim', 'drover replication trim --kind games --apply --yes'],
    run: trim,
  });

export { addTrimCommand };
