import type { IdlePorts } from '../../../lib/idle/idle-ports.ts';
import type { IdleConfig } from '../../../lib/idle/idle-settings.ts';
import type { Termination } from '../../../lib/nodes/drain.ts';
import type { Node } from '../../../lib/nodes/node.ts';
import type { Instance } from '../../../lib/providers/instance.ts';
import type { Sabotage } from './installation.ts';

type SabotageCycle = (ports: IdlePorts) => IdlePorts;
const ofCycle = (idle: SabotageCycle): Sabotage => ({ idle });

/** The cycle goes by other settings than those that hold. */
const withSettings = (changes: Partial<IdleConfig>): Sabotage => {
  const changed = new WeakMap<IdleConfig, IdleConfig>();
  return ofCycle((ports) => ({
    ...ports,
    settings: {
      current: async () => {
        const settings = await ports.settings.current();
        const idle = changed.get(settings.idle) ?? { ...settings.idle, ...changes };
        changed.set(settings.idle, idle);
        return { ...settings, idle };
      },
    },
  }));
};

/** Holds as if those of some scopes were not there. */
const withoutHolds = (isHidden: (scope: string) => boolean): Sabotage =>
  ofCycle((ports) => ({
    ...ports,
    holds: {
      listLive: async (now) => (await ports.holds.listLive(now)).filter(({ scope }) => !isHidden(scope)),
    },
  }));

const changeNodes =
  (change: (node: Node, now: Date) => Node): SabotageCycle =>
  (ports) => ({
    ...ports,
    nodes: {
      ...ports.nodes,
      get: async (nodeId) => {
        const node = await ports.nodes.get(nodeId);
        return node === undefined ? undefined : change(node, ports.clock.now());
      },
      listByProvider: async (...parameters) =>
        (await ports.nodes.listByProvider(...parameters)).map((node) => change(node, ports.clock.now())),
    },
  });

/** The cycle sees other nodes than there are. */
const seeingNodes = (change: (node: Node, now: Date) => Node): Sabotage => ofCycle(changeNodes(change));

const seeingInstances = (change: (instance: Instance) => Instance): Sabotage =>
  ofCycle((ports) => ({
    ...ports,
    provider: {
      ...ports.provider,
      listInstances: async () => (await ports.provider.listInstances()).map(change),
    },
    instances: {
      list: async (key) =>
        (await ports.instances.list(key)).map((record) => ({ ...record, instance: change(record.instance) })),
    },
  }));

const withoutLeases = (node: Node): Node => ({ ...node, leases: {} });

/** Neither the cycle nor the idle clock sees a lease, and the store's own condition is not there. */
const withoutLeaseGuard: Sabotage = {
  idle: (ports) => {
    const blind = changeNodes(withoutLeases)(ports);
    const beginDrain: typeof ports.nodes.beginDrain = async (nodeId, expectedRevision, drain) => {
      const node = await ports.nodes.get(nodeId);
      const tokens = Object.keys(node?.leases ?? {});
      for (const token of tokens) await ports.nodes.releaseLease(nodeId, token);
      return ports.nodes.beginDrain(nodeId, expectedRevision + tokens.length, drain);
    };
    return { ...blind, nodes: { ...blind.nodes, beginDrain } };
  },
  reports: (ports) => ({
    ...ports,
    nodes: {
      ...ports.nodes,
      get: async (nodeId) => {
        const node = await ports.nodes.get(nodeId);
        return node === undefined ? undefined : withoutLeases(node);
      },
    },
  }),
};

/** Every drain looks acknowledged, to the store's own condition as well. */
const withoutAcknowledgement: Sabotage = ofCycle((ports) => {
  const blind = changeNodes((node) =>
    node.drain === undefined
      ? node
      : {
          ...node,
          drain: { ...node.drain, acknowledgedAt: node.drain.startedAt, acknowledgedBootId: node.bootId },
        },
  )(ports);
  const beginTermination: typeof ports.nodes.beginTermination = async (nodeId, revision, termination) => {
    const node = await ports.nodes.get(nodeId);
    const { drain, bootId } = node ?? {};
    if (drain === undefined || bootId === undefined || drain.acknowledgedAt !== undefined)
      return ports.nodes.beginTermination(nodeId, revision, termination);
    const { drainId, epoch } = drain;
    await ports.nodes.acknowledgeDrain(nodeId, { drainId, epoch, bootId }, new Date(drain.startedAt));
    return ports.nodes.beginTermination(nodeId, revision + 1, termination);
  };
  return { ...blind, nodes: { ...blind.nodes, beginTermination } };
});

/** Nobody seems to use a node that drains. */
const withoutActivity = seeingNodes((node) => {
  const { drain, heartbeat, idleClock } = node;
  if (drain === undefined || heartbeat === undefined) return node;
  const { probe: _probe, ...quiet } = heartbeat;
  const gpus = [0, 1].map((index) => ({ index, utilizationPercent: 0 }));
  const { activityAt: _activityAt, ...clock } = idleClock ?? { criteria: '', samples: 0, lastSampleAt: '' };
  return {
    ...node,
    heartbeat: { ...quiet, gpus, sshSessions: 0 },
    ...(idleClock === undefined ? {} : { idleClock: { ...clock, busySignals: idleClock.busySignals } }),
  };
});

const withoutAnswers = ({
  acceptedAt: _acceptedAt,
  unsureUntil: _unsure,
  ...rest
}: Termination): Termination => rest;

/** No provider seems to have accepted anything, to the store's own condition as well. */
const withoutAcceptance: Sabotage = ofCycle((ports) => {
  const blind = changeNodes((node) =>
    node.termination === undefined ? node : { ...node, termination: withoutAnswers(node.termination) },
  )(ports);
  const cancelTermination: typeof ports.nodes.cancelTermination = async (nodeId, revision, ended) => {
    const { termination } = (await ports.nodes.get(nodeId)) ?? {};
    if (termination === undefined) return false;
    await ports.nodes.recordTermination(nodeId, revision, withoutAnswers(termination));
    return ports.nodes.cancelTermination(nodeId, revision + 1, ended);
  };
  return { ...blind, nodes: { ...blind.nodes, cancelTermination } };
});

/** An answer that says nothing seems to say that nothing will happen. */
const withoutDoubt = seeingNodes((node) => {
  if (node.termination === undefined) return node;
  const { unsureUntil: _unsure, ...termination } = node.termination;
  return { ...node, termination };
});

export {
  ofCycle,
  seeingInstances,
  seeingNodes,
  withoutAcceptance,
  withoutAcknowledgement,
  withoutActivity,
  withoutDoubt,
  withoutHolds,
  withoutLeaseGuard,
  withSettings,
};
