import type { Command } from 'commander';
import * as z from 'zod';
import { holdSchema } from '../../lib/holds/hold.ts';
import { putHold } from '../../lib/holds/put-hold.ts';
import { recount } from '../../lib/replication/recount.ts';
import { requestRepair } from '../../lib/replication/request-repair.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import { durationSchema } from '../duration.ts';
import { findArtifact } from '../find-artifact.ts';
import { formatTimestamp } from '../output/timestamp.ts';
import { addExplainReplicationCommand } from './replication-explain.ts';
import { addReplicationStatusCommand } from './replication-status.ts';
import { addTrimCommand } from './replication-trim.ts';

const repairSchema = z.object({ artifact: z.string().min(1), reason: holdSchema.shape.reason });

const STORE_COPY = {
  sound: 'the store has it, byte-identical',
  gone: 'the store does not have it any more: a node brings it back',
  different: 'the store has other bytes under its key: remove that object by hand, then repair again',
  unknown:
    'the store has an object of its size, but no checksum that tells whether it is this file; nothing is changed: publish the file again to have it verified',
  unregistered: 'the store does not have it, and no copy there was known',
} as const;

const repair = async (input: z.infer<typeof repairSchema>, session: Session): Promise<void> => {
  const { stores, caller, installation } = await session.connect();
  const { io, screen } = session;
  const artifact = await findArtifact(stores.artifacts, input.artifact);
  const outcome = await requestRepair(
    { ...stores, bucket: installation.profile.artifactBucket, clock: io.clock, ids: io.ids },
    artifact,
    { by: (await caller()).arn, reason: input.reason },
  );
  screen.show(
    { artifactId: artifact.artifactId, ...outcome },
    () =>
      `${artifact.name}@${artifact.version}: ${STORE_COPY[outcome.storeCopy]}${outcome.restored ? ', and counts again' : ''}. The next cycle looks at its copies: drover replication explain ${artifact.artifactId.slice(0, 12)}`,
  );
};

const pauseSchema = z.object({ for: durationSchema, reason: holdSchema.shape.reason });

const pause = async (input: z.infer<typeof pauseSchema>, session: Session): Promise<void> => {
  const { stores, caller } = await session.connect();
  const { io, screen } = session;
  const hold = await putHold(
    { holds: stores.holds, audit: stores.audit, clock: io.clock, ids: io.ids },
    {
      kind: 'no-repair',
      scope: 'fleet',
      reason: input.reason,
      setBy: (await caller()).arn,
      ttlSeconds: input.for,
    },
  );
  screen.show(
    { hold },
    () =>
      `Repair is paused until ${formatTimestamp(hold.expiresAt)}: no copy is made, and no silent node written off. End it sooner: drover release ${hold.holdId}`,
  );
};

const lookAtAll = async (_: object, session: Session): Promise<void> => {
  const { stores } = await session.connect();
  const { config } = await stores.config.current();
  const done = await recount(
    { artifacts: stores.artifacts, records: stores.replication, clock: session.io.clock },
    config.replication,
  );
  session.screen.show(
    done,
    () => `${done.total} artifacts; ${done.marked} that want more than the store are looked at from now on.`,
  );
};

const reasonOption = { flags: '--reason <text>', description: 'why: others will read it' };

const addReplicationCommands = (program: Command, host: CommandHost): void => {
  const group = program
    .command('replication')
    .description('Copies of data: how many there are, and their repair');
  addReplicationStatusCommand(group, host);
  addExplainReplicationCommand(group, host);
  defineCommand(group, host, {
    usage: 'repair <artifact>',
    description: 'Ask the store whether it still has it, and look at its copies now',
    options: [{ ...reasonOption, default: 'asked by an operator' }],
    input: repairSchema,
    examples: ['drover replication repair hex8_2p@12'],
    run: repair,
  });
  defineCommand(group, host, {
    usage: 'pause',
    description: 'No repairs, and no silent node written off, for a while (needs --reason)',
    options: [
      {
        flags: '--for <duration>',
        description: 'how long; it always ends (90s, 30m, 2h, 7d)',
        default: '2h',
      },
      reasonOption,
    ],
    input: pauseSchema,
    examples: ['drover replication pause --for 2h --reason "moving racks"'],
    run: pause,
  });
  defineCommand(group, host, {
    usage: 'recount',
    description: 'Hold all artifacts against fleet.yaml, after its targets changed',
    input: z.object({}),
    examples: ['drover replication recount'],
    run: lookAtAll,
  });
  addTrimCommand(group, host);
};

export { addReplicationCommands };
