import type { Command } from 'commander';
import * as z from 'zod';
import { PermanentError } from '../../lib/errors.ts';
import { type Hold, holdSchema } from '../../lib/holds/hold.ts';
import { putHold } from '../../lib/holds/put-hold.ts';
import { releaseHold } from '../../lib/holds/release-hold.ts';
import { nodeIdSchema } from '../../lib/ids.ts';
import { secondsSince } from '../../lib/time.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import { durationSchema, formatSeconds } from '../duration.ts';
import { findNode } from '../find-node.ts';
import type { Screen } from '../output/screen.ts';
import { formatTimestamp } from '../output/timestamp.ts';

const holdInputSchema = z.object({
  scope: z.string().refine((text) => holdSchema.shape.scope.safeParse(text).success, {
    error: 'write fleet, provider:<key>, node:<nodeId> or campaign:<campaignId>',
  }),
  for: durationSchema,
  reason: holdSchema.shape.reason,
});

const setHold =
  (kind: Hold['kind']) =>
  async (input: z.infer<typeof holdInputSchema>, session: Session): Promise<void> => {
    const { stores, caller } = await session.connect();
    const { io, screen } = session;
    const hold = await putHold(
      { holds: stores.holds, audit: stores.audit, clock: io.clock, ids: io.ids },
      { kind, scope: input.scope, reason: input.reason, setBy: (await caller()).arn, ttlSeconds: input.for },
    );
    screen.show(
      { hold },
      () =>
        `${kind === 'freeze' ? 'Frozen (nothing destructive)' : 'Paused (no new work)'}: ${hold.scope} until ${formatTimestamp(hold.expiresAt)}. End it sooner: drover release ${hold.holdId}`,
    );
  };

const holdTable = (screen: Screen, holds: readonly Hold[], now: Date): string =>
  screen.table(
    ['HOLD', 'KIND', 'SCOPE', 'ENDS IN', 'SET BY', 'REASON'],
    holds.map(({ holdId, kind, scope, expiresAt, setBy, reason }) => [
      holdId,
      kind,
      scope,
      formatSeconds(-secondsSince(expiresAt, now)),
      setBy,
      reason,
    ]),
  );

const listHolds = async (_: object, session: Session): Promise<void> => {
  const { stores } = await session.connect();
  const now = session.io.clock.now();
  const holds = await stores.holds.listLive(now);
  session.screen.show({ holds }, () =>
    holds.length === 0 ? 'Nothing is held.' : holdTable(session.screen, holds, now),
  );
};

const releaseSchema = z.object({ id: z.string(), reason: z.string().min(1).max(500) });

const release = async (input: z.infer<typeof releaseSchema>, session: Session): Promise<void> => {
  const { stores, caller } = await session.connect();
  const { io, screen } = session;
  const released = await releaseHold(
    { holds: stores.holds, audit: stores.audit, clock: io.clock, ids: io.ids },
    { holdId: input.id, releasedBy: (await caller()).arn, reason: input.reason },
  );
  if (!released)
    throw new PermanentError(`there is no hold ${input.id}: \`drover holds\` lists those that are set`);
  screen.show({ released: input.id }, () => `Released ${input.id}.`);
};

const protectSchema = z.object({
  node: nodeIdSchema,
  for: durationSchema,
  reason: holdSchema.shape.reason,
});

/** A freeze of one node. */
const protect = async (input: z.infer<typeof protectSchema>, session: Session): Promise<void> => {
  const { stores } = await session.connect();
  // A typing error would protect nothing.
  const { lifecycle } = await findNode(stores.nodes, input.node);
  if (lifecycle === 'terminated' || lifecycle === 'lost')
    throw new PermanentError(`${input.node} is ${lifecycle}: there is nothing to protect`);
  await setHold('freeze')({ scope: `node:${input.node}`, for: input.for, reason: input.reason }, session);
  if (lifecycle === 'terminating')
    session.screen.note(
      `${input.node} is terminating: no request is made from now on, but one may be on its way.`,
    );
};

const forOption = (duration: string) => ({
  flags: '--for <duration>',
  description: 'how long; every hold ends (90s, 30m, 2h, 7d)',
  default: duration,
});
const reasonOption = { flags: '--reason <text>', description: 'why: others will read it' };
const holdOptions = [
  {
    flags: '--scope <scope>',
    description: 'fleet, provider:<key>, node:<nodeId> or campaign:<campaignId>',
    default: 'fleet',
  },
  forOption('2h'),
  reasonOption,
];

const addHoldCommands = (program: Command, host: CommandHost): void => {
  defineCommand(program, host, {
    usage: 'freeze',
    description: 'Nothing destructive from now on (needs --reason)',
    options: holdOptions,
    input: holdInputSchema,
    examples: [
      'drover freeze --for 2h --reason "provider incident"',
      'drover freeze --scope provider:vast --for 1d --reason audit',
    ],
    run: setHold('freeze'),
  });
  defineCommand(program, host, {
    usage: 'pause',
    description: 'No new work from now on (needs --reason)',
    options: holdOptions,
    input: holdInputSchema,
    examples: ['drover pause --for 30m --reason "bad checkpoint out"'],
    run: setHold('pause'),
  });
  defineCommand(program, host, {
    usage: 'protect <node>',
    description: 'Keep one node from being ended: a freeze of it alone (needs --reason)',
    options: [forOption('4h'), reasonOption],
    input: protectSchema,
    examples: ['drover protect n-0a1b2c3d4e5f --for 4h --reason "debugging on it"'],
    run: protect,
  });
  defineCommand(program, host, {
    usage: 'holds',
    description: 'All holds that are set now',
    input: z.object({}),
    examples: ['drover holds', 'drover holds --json'],
    run: listHolds,
  });
  defineCommand(program, host, {
    usage: 'release <id>',
    description: 'End a hold before its time',
    options: [{ flags: '--reason <text>', description: 'why', default: 'released by an operator' }],
    input: releaseSchema,
    examples: ['drover release h-0a1b2c3d4e5f'],
    run: release,
  });
};

export { addHoldCommands, holdTable };
