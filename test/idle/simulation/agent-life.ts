import type { Report } from '../../../lib/nodes/report.ts';
import { makeArtifact } from '../../distribution/fixtures.ts';
import { at, atText } from '../../nodes/fixtures.ts';
import { type Counts, count, type Fault } from './faults.ts';
import type { Installation } from './installation.ts';
import type { Random } from './random.ts';
import {
  BLINDNESSES,
  hash,
  keepDrain,
  receive,
  type SimulatedAgent,
  sendHeartbeat,
  sendInventory,
} from './simulated-agent.ts';
import type { Weather } from './weather.ts';

/** A report on its way. */
interface Message {
  readonly deliverAt: number;
  readonly sentAt: number;
  readonly report: Report;
  readonly attempt: number;
}

/** What happens to an agent in one minute happens here. */
interface Surroundings {
  readonly installation: Installation;
  readonly random: Random;
  readonly weather: Weather;
  readonly faults: Counts<Fault>;
  readonly now: number;
  /** Another node, which may have the same file. */
  readonly neighbour: SimulatedAgent | undefined;
}

const INVENTORY_SECONDS = 600;

const newFile = async (
  { installation, random, now, neighbour }: Surroundings,
  agent: SimulatedAgent,
): Promise<void> => {
  // Two nodes that have each other's only copy: neither counts for the other.
  const shared = random.chance(0.2) ? neighbour?.files.find(({ isSafe }) => !isSafe) : undefined;
  if (shared !== undefined && agent.files.every(({ artifactId }) => artifactId !== shared.artifactId)) {
    agent.files.push({ ...shared });
    return;
  }
  const artifactId = hash(`${agent.nodeId}-${now}-${random.next()}`);
  const isRegistered = random.chance(0.7);
  const isSafe = isRegistered && random.chance(0.6);
  const storeReplica = { key: `artifacts/${artifactId}`, verifiedAt: atText(now), checksum: 'c' };
  if (isRegistered)
    await installation.artifacts.register(
      makeArtifact({
        artifactId,
        version: artifactId.slice(0, 12),
        storeReplica: isSafe ? storeReplica : undefined,
      }),
    );
  agent.files.push({ artifactId, isRegistered, isSafe });
};

/** Leases, some of them of work that uses no GPU; rarely somebody revokes the node. */
const work = async (
  { installation: { nodes }, random, weather, faults, now }: Surroundings,
  agent: SimulatedAgent,
): Promise<void> => {
  const { nodeId, lease } = agent;
  if (lease !== undefined && now >= lease.until) {
    await nodes.releaseLease(nodeId, lease.token);
    delete agent.lease;
  }
  if (agent.lease === undefined && random.chance(weather.lease)) {
    const next = { token: `t-${now}`, until: now + 60 * random.whole(5, 30) };
    const right = { workId: 'w', attempt: 1, leaseUntil: at(next.until).toISOString() };
    const revision = (await nodes.get(nodeId))?.revision ?? -1;
    if (await nodes.grantLease(nodeId, revision, next.token, right)) agent.lease = next;
  }
  if (!agent.isRevoked && random.chance(weather.revocation)) {
    count(faults, 'revoked');
    agent.isRevoked = await nodes.revoke(nodeId, at(now));
  }
};

/** What the disk keeps of a drain outlives a boot, but the new boot has promised nothing yet; sometimes the disk is lost, too. */
const reboot = async (
  { installation: { nodes }, random, faults, now }: Surroundings,
  agent: SimulatedAgent,
): Promise<void> => {
  const node = await nodes.get(agent.nodeId);
  if (node === undefined) return;
  count(faults, 'reboot');
  agent.bootId = `boot-${now}`;
  agent.busyUntil = 0;
  if (random.chance(0.5)) delete agent.drain?.acknowledgedAt;
  else {
    delete agent.drain;
    agent.knownEpoch = 0;
  }
  await nodes.rebind(agent.nodeId, node.revision, agent.bootId, node.sourceAddress);
};

/** What happens on a node in one minute, apart from its drain. Only somebody who uses it makes files. */
const live = async (around: Surroundings, agent: SimulatedAgent): Promise<void> => {
  const { random, weather, faults, now } = around;
  const isPromised = agent.drain !== undefined;
  if (!isPromised && random.chance(weather.work)) agent.busyUntil = now + 60 * random.whole(1, 60);
  if (now > agent.sessionUntil && random.chance(weather.session)) {
    agent.sessionFrom = now;
    agent.sessionUntil = now + 60 * random.whole(4, 20);
  }
  // Whoever is logged in makes files only once the agent has told of the session.
  const isSeen = agent.sessionFrom + 180 <= now && now < agent.sessionUntil;
  const isWorking = !isPromised && now < agent.busyUntil;
  if (isWorking || isSeen) {
    if (random.chance(weather.file)) await newFile(around, agent);
    if (random.chance(weather.unclaimed)) agent.unclaimed += 1;
  }
  if (isWorking) agent.unflushedBytes = random.whole(0, 100);
  else if (agent.unflushedBytes > 0 && random.chance(weather.flush)) agent.unflushedBytes = 0;
  agent.unsettled = isWorking ? random.whole(0, 1) : random.chance(0.7) ? 0 : agent.unsettled;
  agent.pendingTransfers = random.chance(weather.transfer) ? 1 : 0;
  if (random.chance(weather.transfer)) agent.commandUntil = now + 120;
  if (random.chance(weather.cpu)) agent.cpuBusyUntil = now + 300;
  if (random.chance(weather.probe)) agent.probeBusyUntil = now + 180;
  if (random.chance(weather.tidiness)) {
    agent.unclaimed = 0;
    agent.files = agent.files.filter(({ isSafe }) => isSafe);
  }
  if (agent.lease !== undefined || weather.lease > 0 || weather.revocation > 0) await work(around, agent);
  delete agent.blind;
  if (random.chance(weather.blindness)) agent.blind = random.pick(BLINDNESSES);
  if (random.chance(weather.silence)) {
    count(faults, 'silence');
    agent.silentUntil = now + 60 * random.whole(2, 40);
  }
  if (random.chance(weather.reboot)) await reboot(around, agent);
};

/** The agent's messages of this minute, and what it does with those that it got. Some are lost, late, or come twice. */
const speak = (around: Surroundings, agent: SimulatedAgent, post: (message: Message) => void): void => {
  const { installation, random, weather, faults, now } = around;
  if (now < agent.silentUntil) return;
  const send = (report: Report): void => {
    if (random.chance(weather.reportLost)) {
      count(faults, 'report-lost');
      return;
    }
    const isLate = random.chance(weather.reportDelayed);
    if (isLate) count(faults, 'report-delayed');
    post({ deliverAt: isLate ? now + 60 * random.whole(1, 3) : now, sentAt: now, report, attempt: 1 });
    if (!random.chance(weather.reportRepeated)) return;
    count(faults, 'report-repeated');
    post({ deliverAt: now + 60 * random.whole(0, 4), sentAt: now, report, attempt: 1 });
  };
  sendHeartbeat(agent, now, send);
  if (now - agent.inventoryAt >= INVENTORY_SECONDS) sendInventory(agent, now, installation.objects, send);
  for (const command of agent.inbox.splice(0)) receive(agent, command, now);
  if (agent.drain !== undefined)
    keepDrain(agent, now, random.chance(weather.acknowledgement), installation.objects, send);
};

export type { Message, Surroundings };
export { live, speak };
