import { PermanentError } from '../../errors.ts';
import type { SyncFacade, SyncOrder, SyncOutcome } from '../../sync/facade.ts';
import type { SyncStatus } from '../../sync/sync-status.ts';
import { type AutoSyncSettings, autoSyncDifferences, SyncStrategy } from './auto-sync-settings.ts';
import type { CompatPorts } from './compat-ports.ts';
import { demandEffect } from './demand-effect.ts';

type FlushOrder = Parameters<SyncFacade['triggerPrioritySync']>[0];

const BRINGS_TO_NODES: readonly SyncStrategy[] = [
  SyncStrategy.AUTO,
  SyncStrategy.HYBRID,
  SyncStrategy.BROADCAST,
  SyncStrategy.PULL,
];
const BRINGS_OFF_NODES: readonly SyncStrategy[] = [
  SyncStrategy.AUTO,
  SyncStrategy.HYBRID,
  SyncStrategy.EPHEMERAL,
];

/**
 * The sync of an installation. Nothing runs in this process: agents bring what is put on their nodes into the store, and functions send
 * what others need. Neither can be stopped, because data on a machine that can vanish must not wait.
 */
class AutoSync {
  readonly config: AutoSyncSettings;
  readonly #ports: Pick<CompatPorts, 'sync' | 'config'>;

  constructor(config: AutoSyncSettings, ports: Pick<CompatPorts, 'sync' | 'config'>) {
    this.config = config;
    this.#ports = ports;
  }

  get strategy(): SyncStrategy {
    return this.config.strategy ?? SyncStrategy.AUTO;
  }

  /** There is nothing to start. @throws PermanentError when the configuration differs from fleet.yaml */
  async start(): Promise<void> {
    demandEffect(autoSyncDifferences(this.config, (await this.#ports.config.current()).config.sync));
  }

  /** There is nothing to stop here, and nobody may: see above. */
  async stop(): Promise<void> {}

  /**
   * Brings what the store has to nodes: to all eligible ones, but for those that the configuration leaves out.
   * @throws PermanentError with a strategy that only brings data off nodes
   */
  async syncNow(order: SyncOrder): Promise<SyncOutcome> {
    this.#demand(BRINGS_TO_NODES, 'syncNow() brings data to nodes', 'flushNow()');
    const exclude = [...(this.config.exclude ?? []), ...(order.exclude ?? [])];
    return this.#ports.sync.sync({ ...order, ...(exclude.length === 0 ? {} : { exclude }) });
  }

  /**
   * Has one node bring what was put there into the store, before anything else.
   * @throws PermanentError with a strategy that only brings data to nodes, and when there is no such node
   */
  async flushNow(order: FlushOrder): Promise<{ readonly eventId: string }> {
    this.#demand(BRINGS_OFF_NODES, 'flushNow() brings data off a node', 'syncNow()');
    return this.#ports.sync.triggerPrioritySync(order);
  }

  async status(): Promise<SyncStatus> {
    return this.#ports.sync.getSyncStatus();
  }

  #demand(allowed: readonly SyncStrategy[], what: string, other: string): void {
    if (!allowed.includes(this.strategy))
      throw new PermanentError(
        `${what}, and the strategy ${this.strategy} does not: call ${other}, or take another strategy`,
      );
  }
}

export { AutoSync };
