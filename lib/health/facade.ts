import { deprecate } from 'node:util';
import type { Lifecycle, Node, Provider } from '../nodes/node.ts';
import type { NodeHealth, NodeHealthState } from '../nodes/node-health.ts';
import type { NodeStore } from '../nodes/node-store.ts';
import type { Clock } from '../time.ts';
import { currentFleetHealth, isCurrent } from './current-fleet-health.ts';
import type { FleetHealth } from './fleet-health.ts';
import type { FleetHealthStore } from './fleet-health-store.ts';

/** How one node is. */
interface NodeHealthView {
  readonly nodeId: string;
  readonly provider: Provider;
  readonly lifecycle: Lifecycle;
  readonly state: NodeHealthState;
  readonly reasons: NodeHealth['reasons'];
  /** Absent: it was not looked at yet. */
  readonly since?: string;
  readonly heartbeatAt?: string;
}

/** What the health of the fleet is, for code that starts work. */
interface HealthFacade {
  /** 0 to 100, rounded down; undefined = unknown. */
  getSystemHealthScore(): Promise<number | undefined>;
  /** Whether no new work should start, and why. Unknown is no pause: starting work destroys nothing; `reasons` says that it is unknown. */
  shouldPausePipeline(): Promise<{ readonly pause: boolean; readonly reasons: readonly string[] }>;
  /** Of any node that ever enrolled; undefined = there is none with exactly this id. */
  getNodeHealth(nodeId: string): Promise<NodeHealthView | undefined>;
  /** Ids of nodes that are expected to work (active or draining) and do. */
  getHealthyNodes(): Promise<string[]>;
  /** Everything that is expected to work and is not healthy, unknown included. */
  getUnhealthyNodes(): Promise<string[]>;
  getDegradedNodes(): Promise<string[]>;
  /** Expected nodes that cannot be reached. */
  getOfflineNodes(): Promise<string[]>;
  /** Everything that is known, with what explains it. */
  getClusterHealthSummary(): Promise<FleetHealth>;
  /** This facade: the replaced system had one object for nodes and one for the system. */
  getHealthOrchestrator(): HealthFacade;
  /** @deprecated Use `getClusterHealthSummary`. */
  getSystemHealth(): Promise<FleetHealth>;
}

interface FacadePorts {
  readonly evaluations: Pick<FleetHealthStore, 'get'>;
  readonly nodes: Pick<NodeStore, 'get' | 'listByLifecycle'>;
  readonly clock: Clock;
}

const DEPRECATION_CODE = 'DROVER_DEP_GET_SYSTEM_HEALTH';
const EXPECTED: readonly Lifecycle[] = ['active', 'draining'];

const viewOf = (
  { nodeId, provider, lifecycle, health, heartbeatAt }: Node,
  isEvaluated: boolean,
): NodeHealthView => ({
  nodeId,
  provider,
  lifecycle,
  ...(heartbeatAt === undefined ? {} : { heartbeatAt }),
  ...(health === undefined || !isEvaluated || !EXPECTED.includes(lifecycle)
    ? { state: 'unknown' as const, reasons: ['not-evaluated' as const] }
    : { state: health.state, reasons: health.reasons, since: health.since }),
});

/** The health of one installation. Every answer is one read, or two. */
const createHealthFacade = ({ evaluations, nodes, clock }: FacadePorts): HealthFacade => {
  const summary = async (): Promise<FleetHealth> => currentFleetHealth(await evaluations.get(), clock.now());
  const isEvaluated = async (): Promise<boolean> => isCurrent(await evaluations.get(), clock.now());
  const nodesThat = async (matches: (state: NodeHealthState) => boolean): Promise<string[]> => {
    const [evaluated, expected] = await Promise.all([isEvaluated(), nodes.listByLifecycle(EXPECTED)]);
    return expected
      .map((node) => viewOf(node, evaluated))
      .filter(({ state }) => matches(state))
      .map(({ nodeId }) => nodeId)
      .sort();
  };
  const facade: HealthFacade = {
    getSystemHealthScore: async () => (await summary()).score,
    shouldPausePipeline: async () => {
      const { pause, pauseReasons } = await summary();
      return { pause, reasons: pauseReasons };
    },
    getNodeHealth: async (nodeId) => {
      const [evaluated, node] = await Promise.all([isEvaluated(), nodes.get(nodeId)]);
      return node === undefined ? undefined : viewOf(node, evaluated);
    },
    getHealthyNodes: () => nodesThat((state) => state === 'healthy'),
    getUnhealthyNodes: () => nodesThat((state) => state !== 'healthy'),
    getDegradedNodes: () => nodesThat((state) => state === 'degraded'),
    getOfflineNodes: () => nodesThat((state) => state === 'unreachable'),
    getClusterHealthSummary: summary,
    getHealthOrchestrator: () => facade,
    // Node itself sees to it that one process warns once for one code.
    getSystemHealth: deprecate(
      summary,
      'getSystemHealth() is replaced by getClusterHealthSummary()',
      DEPRECATION_CODE,
    ),
  };
  return facade;
};

export type { HealthFacade, NodeHealthView };
export { createHealthFacade, DEPRECATION_CODE };
