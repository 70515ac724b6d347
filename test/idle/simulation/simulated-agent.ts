import { createHash } from 'node:crypto';
import type { Command } from '../../../lib/commands/command.ts';
import type { Heartbeat } from '../../../lib/nodes/heartbeat.ts';
import type { Report } from '../../../lib/nodes/report.ts';
import { atText, START } from '../../nodes/fixtures.ts';
import { idleHeartbeat } from '../fixtures.ts';

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
  /** When it was last used, and what that was a minute ago: the latest use nobody can know of yet. */
  usedAt: number;
  usedBefore: number;
  /** The control plane last heard of it by a message of then. */
  heardAt: number;
  silentUntil: number;
  drain?: { drainId: string; epoch: number; until: number; acknowledgedAt?: number; commandIds: Command[] };
  knownEpoch: number;
  inventoryAt: number;
  configDigest?: string;
  /** A signal that it cannot read just now. */
  blind?: Blindness;
  pendingTransfers: number;
  probeBusyUntil: number;
  cpuBusyUntil: number;
  commandUntil: number;
  lease?: { readonly token: string; readonly until: number };
  /** Its clock is ahead by so much: it is early to believe that its promise is over. */
  readonly aheadSeconds: number;
  /** It enrolled from another address than its instance has. */
  readonly isElsewhere: boolean;
  isRevoked: boolean;
  /** What a person let go, as that person saw it. */
  waived?: { readonly count: number; readonly bytes: number; readonly until: number };
  /** By the digest of each inventory: how many of its files only this node has. */
  readonly unsafeByDigest: Map<string, number>;
  inbox: Command[];
}

const BLINDNESSES = ['gpu', 'cpu', 'ssh', 'unclaimed', 'unflushed', 'unsettled', 'too-few-gpus'] as const;
type Blindness = (typeof BLINDNESSES)[number];

type Send = (report: Report) => void;

const secondsOf = (text: string): number => (new Date(text).getTime() - START.getTime()) / 1000;

const envelope = (agent: SimulatedAgent) => {
  agent.seq += 1;
  return {
    schemaVersion: 1 as const,
    reportId: `00000000-0000-4000-8000-${String(agent.seq).padStart(12, '0')}`,
    nodeId: agent.nodeId,
    bootId: agent.bootId,
    seq: agent.seq,
    // A clock that stands wrong by years: nothing may be decided by it.
    sentAt: agent.aheadSeconds === 0 ? '2026-01-31T12:00:00.000Z' : '1999-01-01T00:00:00.000Z',
  };
};

const sendHeartbeat = (agent: SimulatedAgent, now: number, send: Send): void => {
  const { blind, drain } = agent;
  const isBusy = now < agent.busyUntil;
  const hasSession = agent.sessionFrom <= now && now < agent.sessionUntil;
  const isProbeBusy = now < agent.probeBusyUntil;
  agent.usedBefore = agent.usedAt;
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
            ...(blind === 'too-few-gpus' ? [] : [{ index: 1, utilizationPercent: 2 }]),
          ],
    cpuPercent: blind === 'cpu' ? undefined : now < agent.cpuBusyUntil ? 50 : 3,
    sshSessions: blind === 'ssh' ? undefined : hasSession ? 1 : 0,
    unflushedBytes: blind === 'unflushed' ? undefined : agent.unflushedBytes,
    activeTransfers: agent.pendingTransfers,
    runningCommandIds: now < agent.commandUntil ? ['c-pull'] : [],
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
  agent.unsafeByDigest.set(
    digest,
    files.filter(({ isRegistered, isSafe }) => isRegistered && !isSafe).length,
  );
  const inventory = {
    digest,
    key,
    count: entries.length,
    bytes: entries.length * 10,
    ...(blind === 'unsettled' ? {} : { unsettled: agent.unsettled }),
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
const receive = (agent: SimulatedAgent, command: Command, now: number): void => {
  if (command.type === 'configure') agent.configDigest = command.configuration.digest;
  if (command.type === 'resume' && agent.drain !== undefined && agent.drain.epoch <= command.epoch)
    delete agent.drain;
  if (command.type !== 'drain' || command.epoch < agent.knownEpoch) return;
  const until = secondsOf(command.drainUntil);
  if (now + agent.aheadSeconds >= until) return;
  if (command.epoch === agent.knownEpoch) {
    if (agent.drain === undefined) return;
    agent.drain.until = Math.max(agent.drain.until, until);
    agent.drain.commandIds.push(command);
    return;
  }
  agent.knownEpoch = command.epoch;
  agent.drain = { drainId: command.drainId, epoch: command.epoch, until, commandIds: [command] };
};

/**
 * One minute of the drain: flush, take the inventory, promise; resume when the promise is over.
 * @param mayAcknowledge it gets that far in this minute
 */
const keepDrain = (
  agent: SimulatedAgent,
  now: number,
  mayAcknowledge: boolean,
  objects: Map<string, Uint8Array>,
  send: Send,
): void => {
  const { drain } = agent;
  if (drain === undefined) return;
  if (now + agent.aheadSeconds >= drain.until) {
    delete agent.drain;
    return;
  }
  if (drain.commandIds.length === 0 || now < agent.busyUntil || !mayAcknowledge) return;
  const digest = sendInventory(agent, now, objects, send);
  drain.acknowledgedAt ??= now;
  for (const command of drain.commandIds.splice(0)) acknowledge(agent, command, digest, send);
};

export type { NodeFile, SimulatedAgent };
export { BLINDNESSES, hash, keepDrain, receive, secondsOf, sendHeartbeat, sendInventory };
