import { createHash } from 'node:crypto';
import type { Command } from '../../../lib/commands/command.ts';
import type { Heartbeat } from '../../../lib/nodes/heartbeat.ts';
import type { Report } from '../../../lib/nodes/report.ts';
import { atText } from '../../nodes/fixtures.ts';
import { idleHeartbeat } from '../fixtures.ts';
import type { Random } from './random.ts';

const hash = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');

/** A file on the node's disk. Safe: it is in the store, verified and registered. */
interface NodeFile {
  readonly artifactId: string;
  readonly isRegistered: boolean;
  isSafe: boolean;
}

/** What really is on one node, whatever anybody knows of it. */
interface SimulatedAgent {
  readonly nodeId: string;
  readonly instanceId: string;
  readonly bornSeconds: number;
  bootId: string;
  seq: number;
  files: NodeFile[];
  /** Files outside the data root that nothing claims. */
  unclaimed: number;
  unflushedBytes: number;
  unsettled: number;
  busyUntil: number;
  sessionFrom: number;
  sessionUntil: number;
  /** When it was last used. */
  usedAt: number;
  silentUntil: number;
  drain?: { drainId: string; epoch: number; until: number; acknowledgedAt?: number; commandIds: Command[] };
  knownEpoch: number;
  inventoryAt: number;
  configDigest?: string;
  /** A signal that it cannot read just now. */
  blind?: 'gpu' | 'cpu' | 'ssh' | 'unclaimed';
  pendingTransfers: number;
  probeBusyUntil: number;
  cpuBusyUntil: number;
  lease?: { readonly token: string; readonly until: number };
}

type Send = (report: Report) => void;

const envelope = (agent: SimulatedAgent) => {
  agent.seq += 1;
  return {
    schemaVersion: 1 as const,
    reportId: `00000000-0000-4000-8000-${String(agent.seq).padStart(12, '0')}`,
    nodeId: agent.nodeId,
    bootId: agent.bootId,
    seq: agent.seq,
    sentAt: '1999-01-01T00:00:00.000Z',
  };
};

const sendHeartbeat = (agent: SimulatedAgent, now: number, send: Send): void => {
  const { blind, drain } = agent;
  const isBusy = now < agent.busyUntil;
  const hasSession = agent.sessionFrom <= now && now < agent.sessionUntil;
  const isProbeBusy = now < agent.probeBusyUntil;
  if (isBusy || hasSession || isProbeBusy) agent.usedAt = now;
  const heartbeat: Heartbeat = idleHeartbeat({
    mode: drain === undefined ? 'active' : 'draining',
    ...(drain === undefined
      ? {}
      : {
          drain: {
            drainId: drain.drainId,
            epoch: drain.epoch,
            acknowledged: drain.acknowledgedAt !== undefined,
          },
        }),
    gpus:
      blind === 'gpu'
        ? undefined
        : [
            { index: 0, utilizationPercent: isBusy ? 80 : 0 },
            { index: 1, utilizationPercent: 2 },
          ],
    cpuPercent: blind === 'cpu' ? undefined : now < agent.cpuBusyUntil ? 50 : 3,
    sshSessions: blind === 'ssh' ? undefined : hasSession ? 1 : 0,
    unflushedBytes: agent.unflushedBytes,
    activeTransfers: agent.pendingTransfers,
    runningCommandIds: drain !== undefined && drain.acknowledgedAt === undefined ? ['c-drain'] : [],
    ...(isProbeBusy ? { probe: { verdict: 'busy', detail: '' } } : {}),
    ...(agent.configDigest === undefined ? {} : { configDigest: agent.configDigest }),
  });
  send({ ...envelope(agent), type: 'heartbeat', heartbeat });
};

/** Puts the list into the store and reports it. @returns its digest */
const sendInventory = (
  agent: SimulatedAgent,
  now: number,
  objects: Map<string, Uint8Array>,
  send: Send,
): string => {
  const { nodeId, files, drain, blind, unclaimed } = agent;
  const entries = files
    .map(({ artifactId }) => ({ artifactId, bytes: 10, path: `other/${artifactId.slice(0, 8)}` }))
    .sort((one, other) => (one.artifactId < other.artifactId ? -1 : 1));
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 1, nodeId, entries }));
  const digest = hash(bytes);
  const key = `artifacts/${digest}`;
  objects.set(key, bytes);
  agent.inventoryAt = now;
  const inventory = {
    digest,
    key,
    count: entries.length,
    bytes: entries.length * 10,
    unsettled: agent.unsettled,
    ...(drain === undefined ? {} : { drainEpoch: drain.epoch }),
    ...(blind === 'unclaimed' ? {} : { unclaimed: { count: unclaimed, bytes: unclaimed, sample: [] } }),
    ...(agent.configDigest === undefined ? {} : { configDigest: agent.configDigest }),
  };
  send({ ...envelope(agent), type: 'inventory', inventory });
  return digest;
};

const acknowledge = (agent: SimulatedAgent, command: Command, digest: string, send: Send): void => {
  const { drain } = agent;
  if (drain === undefined) return;
  const { drainId, epoch, until } = drain;
  const promise = {
    drainId,
    epoch,
    bootId: agent.bootId,
    drainUntil: atText(until),
    inventoryDigest: digest,
  };
  const handle = { commandId: command.commandId, attempt: 1 };
  send({
    ...envelope(agent),
    type: 'command-result',
    result: { ...handle, commandType: 'drain', outcome: 'succeeded', drain: promise },
  });
};

/** What an agent does with one command, as in design.md section 5.2. */
const receive = (
  agent: SimulatedAgent,
  command: Command,
  now: number,
  toSeconds: (text: string) => number,
): void => {
  if (command.type === 'configure') agent.configDigest = command.configuration.digest;
  if (command.type === 'resume' && agent.drain !== undefined && agent.drain.epoch <= command.epoch)
    delete agent.drain;
  if (command.type !== 'drain' || command.epoch < agent.knownEpoch) return;
  const until = toSeconds(command.drainUntil);
  if (now >= until) return;
  if (command.epoch === agent.knownEpoch) {
    if (agent.drain === undefined) return;
    agent.drain.until = Math.max(agent.drain.until, until);
    agent.drain.commandIds.push(command);
    return;
  }
  agent.knownEpoch = command.epoch;
  agent.drain = { drainId: command.drainId, epoch: command.epoch, until, commandIds: [command] };
};

/** One minute of the drain: flush, take the inventory, promise; resume when the promise is over. */
const keepDrain = (
  agent: SimulatedAgent,
  now: number,
  random: Random,
  objects: Map<string, Uint8Array>,
  send: Send,
): void => {
  const { drain } = agent;
  if (drain === undefined) return;
  if (now >= drain.until) {
    delete agent.drain;
    return;
  }
  if (drain.commandIds.length === 0 || now < agent.busyUntil || random.chance(0.3)) return;
  const digest = sendInventory(agent, now, objects, send);
  drain.acknowledgedAt ??= now;
  for (const command of drain.commandIds.splice(0)) acknowledge(agent, command, digest, send);
};

export type { SimulatedAgent };
export { hash, keepDrain, receive, sendHeartbeat, sendInventory };
