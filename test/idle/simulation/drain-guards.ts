import type { Guard } from './guard.ts';
import {
  ofCycle,
  seeingNodes,
  withoutAcceptance,
  withoutAcknowledgement,
  withoutActivity,
  withoutDoubt,
  withSettings,
} from './sabotage.ts';

/** Guards from the drain to the request: the mode, the promise, and what would be lost. */
const DRAIN_GUARDS: readonly Guard[] = [
  {
    name: 'the mode',
    violation: /observe or off/,
    sabotage: withSettings({ mode: 'enforce' }),
    idle: { mode: 'observe' },
  },
  {
    name: 'the acknowledgement',
    violation: /has not promised/,
    sabotage: withoutAcknowledgement,
    weather: { acknowledgement: 0.02 },
    idle: { acknowledgeSeconds: 1800 },
  },
  {
    name: 'the drain period',
    violation: /drains it too short/,
    sabotage: withSettings({ drainPeriodSeconds: 0 }),
    idle: { drainPeriodSeconds: 600, acknowledgeSeconds: 900 },
  },
  {
    name: 'activity in the drain',
    violation: /used the node after the promise/,
    sabotage: withoutActivity,
    weather: { session: 0.05, file: 0, unclaimed: 0 },
    idle: { drainPeriodSeconds: 1500, acknowledgeSeconds: 1800 },
  },
  {
    name: 'the verified copy in the store',
    violation: /without a copy in the store/,
    sabotage: ofCycle((ports) => ({
      ...ports,
      artifacts: {
        getMany: async (ids) =>
          (await ports.artifacts.getMany(ids)).map((artifact) => ({
            ...artifact,
            storeReplica: { key: 'k', verifiedAt: artifact.registeredAt, checksum: 'c' },
          })),
      },
    })),
    weather: { file: 0.5, work: 0.01, tidiness: 0 },
  },
  {
    name: 'unclaimed files',
    violation: /unclaimed files/,
    sabotage: seeingNodes((node) =>
      node.inventory === undefined
        ? node
        : { ...node, inventory: { ...node.inventory, unclaimed: { count: 0, bytes: 0, sample: [] } } },
    ),
    weather: { file: 0, unclaimed: 0.5, work: 0.01, tidiness: 0, waiver: 0 },
  },
  {
    name: 'unflushed bytes',
    violation: /unflushed bytes/,
    sabotage: seeingNodes((node) =>
      node.heartbeat === undefined ? node : { ...node, heartbeat: { ...node.heartbeat, unflushedBytes: 0 } },
    ),
    weather: { file: 0, unclaimed: 0, work: 0.01, flush: 0.01 },
  },
  {
    name: 'the note of each attempt',
    violation: /asks twice/,
    sabotage: ofCycle((ports) => ({
      ...ports,
      nodes: { ...ports.nodes, recordTermination: async () => true },
    })),
  },
  {
    name: 'the condition on that note',
    violation: /asks twice/,
    sabotage: ofCycle((ports) => ({
      ...ports,
      nodes: {
        ...ports.nodes,
        recordTermination: async (nodeId, expectedRevision, termination) => {
          const { revision } = (await ports.nodes.get(nodeId)) ?? { revision: expectedRevision };
          return ports.nodes.recordTermination(nodeId, revision, termination);
        },
      },
    })),
    weather: { overlap: 0.9 },
  },
  {
    name: 'the word of a provider that accepted',
    violation: /gives back what its provider ends/,
    sabotage: withoutAcceptance,
    weather: { terminateFault: 0.9, protection: 0.3 },
  },
  {
    name: 'the wait for what an unclear request may do',
    violation: /gives back what an unclear request/,
    sabotage: withoutDoubt,
    weather: { terminateFault: 1, protection: 0.6 },
  },
];

export { DRAIN_GUARDS };
