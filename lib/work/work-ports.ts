import type { CommandSender, CommandStore } from '../commands/command-store.ts';
import type { NodeConfiguration } from '../commands/node-configuration.ts';
import type { Publisher } from '../events/publisher.ts';
import type { LeaseBrakes } from '../holds/hold-gate.ts';
import type { Node } from '../nodes/node.ts';
import type { NodeStore } from '../nodes/node-store.ts';
import type { Clock } from '../time.ts';
import type { FairShares } from './fairness.ts';
import type { NodePolicy } from './work-config.ts';
import type { WorkStore } from './work-store.ts';

/** What giving work to nodes, and looking after it there, touches. */
interface WorkPorts {
  readonly work: WorkStore;
  readonly nodes: Pick<
    NodeStore,
    'get' | 'listByProvider' | 'grantLease' | 'renewLease' | 'releaseLease' | 'expireLease'
  >;
  readonly commands: Pick<CommandStore, 'put'>;
  readonly sender: CommandSender;
  readonly publisher: Publisher;
  /** The brakes, read anew each time. */
  leaseBrakes(): Promise<LeaseBrakes>;
  /** What the applied configuration says. */
  settings(): Promise<WorkSettings>;
  /** Whether so many nodes seem to fail at once that the observer is the suspect. Unknown counts as yes. */
  observerSuspect(now: Date): Promise<boolean>;
  readonly clock: Clock;
  readonly warn: (message: string, error: unknown) => void;
}

interface WorkSettings {
  readonly policies: readonly NodePolicy[];
  readonly shares: FairShares;
  readonly fullDiskPercent: number;
  /** Reports that wait longer in their queue make silence prove nothing. */
  readonly lateReportSeconds: number;
  /** What the agent of this node is told, job templates among it. */
  nodeConfiguration(node: Node): NodeConfiguration;
}

export type { WorkPorts, WorkSettings };
