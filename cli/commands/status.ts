import type { Command } from 'commander';
import * as z from 'zod';
import { lifecycleSchema } from '../../lib/nodes/node.ts';
import { listingTrust } from '../../lib/providers/provider-state.ts';
import { describeAlarmSubscribers, readAlarmSubscribers } from '../alarm-subscribers.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import { readDeadLetterDepths } from '../dead-letters.ts';
import { describeFailure, EXIT, type ExitCode } from '../exit.ts';
import type { Screen } from '../output/screen.ts';
import { holdTable } from './holds.ts';
import { isFresh, livingLifecycles } from './nodes.ts';
import { describeIdleStatus, readIdleStatus } from './status-idle.ts';

/** A part of the picture, or why it could not be read: a failed reading is never an empty list. */
type Reading<Value> =
  | { readonly known: true; readonly value: Value }
  | { readonly known: false; readonly reason: string };

const read = async <Value>(work: Promise<Value>): Promise<Reading<Value>> => {
  try {
    return { known: true, value: await work };
  } catch (error) {
    return { known: false, reason: describeFailure(error).message };
  }
};

const toJson = <Value>(reading: Reading<Value>): Value | { unknown: string } =>
  reading.known ? reading.value : { unknown: reading.reason };

const toText = <Value>(screen: Screen, reading: Reading<Value>, show: (value: Value) => string): string =>
  reading.known ? show(reading.value) : screen.warn(`unknown: ${reading.reason}`);

/** `vast 12`, `runpod 3 STALE`: a count from an old listing says so. */
const describeProvider = (
  screen: Screen,
  {
    provider,
    listing,
    counts,
  }: { provider: string; listing: string; counts: { listed: number } | undefined },
): string => {
  const text = `${provider} ${counts?.listed ?? '?'} instances`;
  return listing === 'fresh' ? text : screen.warn(`${text} (listing ${listing})`);
};

const status = async (_: object, session: Session): Promise<ExitCode> => {
  const { installation, clients, stores, stage, caller } = await session.connect();
  const { screen, io } = session;
  const { profile, source } = installation;
  const { arn, accountId } = await caller();
  const now = io.clock.now();
  const allNodes = stores.nodes.listByLifecycle(lifecycleSchema.options);
  const readNodes = async () => {
    const nodes = await allNodes;
    const living = nodes.filter(({ lifecycle }) => livingLifecycles.includes(lifecycle));
    const fresh = living.filter((node) => isFresh(node, now)).length;
    const silent = living.filter(({ heartbeatAt }) => heartbeatAt === undefined).length;
    return {
      byLifecycle: Object.fromEntries(
        lifecycleSchema.options.map((lifecycle) => [
          lifecycle,
          nodes.filter((node) => node.lifecycle === lifecycle).length,
        ]),
      ),
      living: living.length,
      fresh,
      stale: living.length - fresh - silent,
      neverHeard: silent,
    };
  };
  const readRunning = async () =>
    (await stores.distributions.listOpen()).map((distribution) => ({
      distributionId: distribution.distributionId,
      artifact: `${distribution.name}@${distribution.version}`,
      state: distribution.state,
      verified: distribution.verifiedNodeIds.length,
      failed: Object.keys(distribution.failedNodes).length,
      targets: distribution.targetNodeIds.length,
      deadlineAt: distribution.deadlineAt,
    }));
  const readProviders = async () =>
    (await stores.providerStates.list()).map((state) => ({
      provider: state.provider,
      listing: listingTrust(state, now),
      listedAt: state.listedAt,
      counts: state.counts,
      spend: state.spend,
    }));
  const [nodes, idle, providers, distributions, deadLetters, holds, alarms] = await Promise.all([
    read(readNodes()),
    read(allNodes.then((known) => readIdleStatus(stores, known, now))),
    read(readProviders()),
    read(readRunning()),
    readDeadLetterDepths(clients.sqs, stage),
    read(stores.holds.listLive(now)),
    read(readAlarmSubscribers(clients.sns, profile, { arn, accountId })),
  ]);
  const where = profile.endpoint ?? `AWS account ${accountId}, ${profile.region}`;
  screen.show(
    {
      installation: {
        stage,
        region: profile.region,
        endpoint: profile.endpoint,
        accountId,
        source,
        caller: arn,
      },
      nodes: toJson(nodes),
      idleShutdown: toJson(idle),
      providers: toJson(providers),
      distributions: toJson(distributions),
      deadLetters,
      holds: toJson(holds),
      alarmSubscribers: toJson(alarms),
    },
    () => {
      const full = deadLetters.filter(({ depth }) => depth !== 0);
      return [
        `${screen.strong(`Stage ${stage}`)} at ${where} (${source}) as ${arn}`,
        `Nodes          ${toText(screen, nodes, ({ living, fresh, stale, neverHeard, byLifecycle }) => {
          const parts = Object.entries(byLifecycle).filter(([, count]) => count > 0);
          const lifecycles = parts.map(([lifecycle, count]) => `${count} ${lifecycle}`).join(', ');
          return living === 0
            ? `none alive${lifecycles ? ` (${lifecycles})` : ''}`
            : `${living} alive: ${fresh} fresh, ${stale} stale, ${neverHeard} never heard (${lifecycles})`;
        })}`,
        `Idle shutdown  ${toText(screen, idle, (known) => describeIdleStatus(screen, known))}`,
        `Providers      ${toText(screen, providers, (known) =>
          known.length === 0
            ? 'none logged in'
            : known.map((each) => describeProvider(screen, each)).join(', '),
        )}`,
        `Distributions  ${toText(screen, distributions, (running) =>
          running.length === 0
            ? 'none running'
            : running
                .map(
                  (each) =>
                    `${each.artifact} ${each.verified}/${each.targets} verified${each.failed > 0 ? `, ${each.failed} failed` : ''} (${each.distributionId})`,
                )
                .join('\n               '),
        )}`,
        `Dead letters   ${
          full.length === 0
            ? 'none'
            : full
                .map(({ queue, depth, reason }) =>
                  depth === 'unknown'
                    ? screen.warn(`${queue} unknown (${reason})`)
                    : screen.bad(`${queue} ${depth}`),
                )
                .join(', ')
        }`,
        `Alarms         ${toText(screen, alarms, (known) => describeAlarmSubscribers(screen, known))}`,
        `Holds          ${toText(screen, holds, (set) => (set.length === 0 ? 'none' : `\n${holdTable(screen, set, now)}`))}`,
      ].join('\n');
    },
  );
  const allKnown =
    nodes.known &&
    idle.known &&
    providers.known &&
    distributions.known &&
    holds.known &&
    alarms.known &&
    deadLetters.every(({ depth }) => depth !== 'unknown');
  return allKnown ? EXIT.ok : EXIT.failed;
};

const addStatusCommand = (program: Command, host: CommandHost): void =>
  defineCommand(program, host, {
    usage: 'status',
    description:
      'The installation at a glance: nodes, idle shutdown, providers, running distributions, dead letters, who hears of alarms, holds',
    input: z.object({}),
    examples: ['drover status', 'drover status --profile prod --json'],
    run: status,
  });

export { addStatusCommand };
