import { known } from '../../../lib/health/reading.ts';
import type { Node } from '../../../lib/nodes/node.ts';
import { addSeconds, toTimestamp } from '../../../lib/time.ts';
import type { CampaignState } from '../../../lib/work/campaign.ts';
import { entitlements } from '../../../lib/work/campaign-shares.ts';
import { decideAssignments } from '../../../lib/work/decide-assignments.ts';
import { decidePopulation } from '../../../lib/work/decide-population.ts';
import { fairShares } from '../../../lib/work/fair-shares.ts';
import { makeWorkItem } from '../../../lib/work/make-work-item.ts';
import type { Population } from '../../../lib/work/population.ts';
import { drainWindowSeconds } from '../../../lib/work/target-depth.ts';
import { capacityOf } from '../../../lib/work/work-capacity.ts';
import type { WorkConfig } from '../../../lib/work/work-config.ts';
import type { WorkItem } from '../../../lib/work/work-item.ts';
import { resolveWorkPolicy } from '../../../lib/work/work-policy.ts';
import { createTallyCounter } from '../../../lib/work/work-tally.ts';
import { START } from '../../nodes/fixtures.ts';
import { makeGpuWorker } from '../populate-fixture.ts';
import { workIdOf } from '../work-fixture.ts';

interface Running {
  readonly item: WorkItem;
  readonly nodeId: string;
  readonly endsAt: Date;
}

interface SimulatedQueueOptions {
  readonly config: WorkConfig;
  /** How long a job takes. */
  readonly secondsOf: (item: WorkItem) => number;
  /** How the campaigns stand then. */
  readonly statesAt: (now: Date) => CampaignState[];
}

/** What a step saw: for the promises to be held against. */
interface Step {
  readonly now: Date;
  readonly pending: number;
  /** Ended within the last hour, and the last three. */
  readonly doneInHour: number;
  readonly doneInThreeHours: number;
  readonly started: readonly WorkItem[];
  readonly running: readonly WorkItem[];
  readonly shares: Readonly<Record<string, number>>;
  readonly freeSlots: number;
}

const HOUR_SECONDS = 3600;

/** A fleet and its queue in memory: decidePopulation makes what decideAssignments gives away, and jobs end by the clock. */
const createSimulatedQueue = ({ config, secondsOf, statesAt }: SimulatedQueueOptions) => {
  const nodes = new Map<string, Node>();
  const pending = new Map<string, WorkItem>();
  const running = new Map<string, Running>();
  let ended: { at: number; class: WorkItem['class'] }[] = [];
  let before: Population | undefined;
  let made = 0;
  let joined = 0;

  const endJobs = (now: Date): void => {
    for (const [workId, { item, nodeId, endsAt }] of running) {
      if (endsAt > now) continue;
      running.delete(workId);
      ended.push({ at: now.getTime(), class: item.class });
      const node = nodes.get(nodeId);
      if (node === undefined) continue;
      const { [workId]: _ended, ...leases } = node.leases;
      nodes.set(nodeId, { ...node, leases });
    }
    const horizon = now.getTime() - 3 * HOUR_SECONDS * 1000;
    ended = ended.filter(({ at }) => at > horizon);
  };

  const tally = () => {
    const counter = createTallyCounter();
    for (const item of pending.values()) counter.add(item);
    for (const { item } of running.values()) counter.add({ ...item, status: 'running' });
    return counter.result();
  };

  const endedSince = (now: Date, seconds: number) => {
    const since = now.getTime() - seconds * 1000;
    const counts = { cpu: 0, gpu: 0, 'gpu-large': 0 };
    for (const one of ended) if (one.at > since) counts[one.class] += 1;
    return counts;
  };
  const doneIn = (now: Date, seconds: number): number => {
    const { cpu, gpu, 'gpu-large': large } = endedSince(now, seconds);
    return cpu + gpu + large;
  };

  const populate = (now: Date, states: CampaignState[]): void => {
    const context = {
      policies: config.nodePolicies,
      isHeld: () => false,
      paused: false,
      fullDiskPercent: 93,
      now,
    };
    const drained = endedSince(now, drainWindowSeconds(resolveWorkPolicy(config)));
    const { requests, evidence } = decidePopulation(
      {
        config,
        states,
        depth: known({ tally: tally(), drained }),
        capacity: known(capacityOf([...nodes.values()], config, context)),
        brake: undefined,
        isHeld: () => false,
        before,
      },
      now,
    );
    before = { ...evidence, revision: 1 };
    for (const { campaignId, template, count } of requests)
      for (let index = 0; index < count; index += 1) {
        made += 1;
        const origin = { workId: workIdOf(made), createdBy: 'populate-queue', now };
        const item = makeWorkItem(config, { template, parameters: {}, campaignId }, origin);
        pending.set(item.workId, item);
      }
  };

  const assign = (now: Date, shares: Record<string, number>): WorkItem[] => {
    const { assignments } = decideAssignments({
      nodes: [...nodes.values()],
      items: [...pending.values()],
      fit: { policies: config.nodePolicies, isHeld: () => false, paused: false, fullDiskPercent: 93, now },
      shares: fairShares(config, shares),
    });
    for (const { nodeId, item } of assignments) {
      const node = nodes.get(nodeId);
      if (node === undefined) continue;
      pending.delete(item.workId);
      running.set(item.workId, { item, nodeId, endsAt: addSeconds(now, secondsOf(item)) });
      const { workId, jobType, campaignId, requires } = item;
      const lease = {
        workId,
        attempt: 1,
        leaseUntil: toTimestamp(now),
        gpus: requires.gpus,
        jobType,
        ...(campaignId === undefined ? {} : { campaignId }),
      };
      nodes.set(nodeId, { ...node, leases: { ...node.leases, [workId]: lease } });
    }
    return assignments.map(({ item }) => item);
  };

  return {
    nodeCount: () => nodes.size,
    join: (): void => {
      joined += 1;
      const node = makeGpuWorker(joined, config);
      nodes.set(node.nodeId, node);
    },
    /** The oldest node goes, and its job waits again. */
    leave: (): void => {
      const [nodeId] = nodes.keys();
      if (nodeId === undefined) return;
      nodes.delete(nodeId);
      for (const [workId, one] of running)
        if (one.nodeId === nodeId) {
          running.delete(workId);
          pending.set(workId, one.item);
        }
    },
    step: (seconds: number): Step => {
      const now = addSeconds(START, seconds);
      const heartbeatAt = toTimestamp(now);
      for (const [nodeId, node] of nodes) nodes.set(nodeId, { ...node, heartbeatAt });
      endJobs(now);
      const states = statesAt(now);
      populate(now, states);
      const shares = entitlements(config.campaigns, states, now);
      const started = assign(now, shares);
      return {
        now,
        pending: pending.size,
        doneInHour: doneIn(now, HOUR_SECONDS),
        doneInThreeHours: doneIn(now, 3 * HOUR_SECONDS),
        started,
        running: [...running.values()].map(({ item }) => item),
        shares,
        freeSlots: nodes.size - running.size,
      };
    },
  };
};

export type { Step };
export { createSimulatedQueue };
