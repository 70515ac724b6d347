import { PermanentError } from '../../errors.ts';
import type { ReplicationReport } from '../../replication/replication-report.ts';
import type { CompatPorts } from './compat-ports.ts';
import { HoldSwitch, type SwitchPorts } from './hold-switch.ts';

interface ReplicationStatus {
  /** When the hold of `stop` ends; absent: it is not stopped. */
  readonly stoppedUntil?: string;
  /** The last full count; absent: there was none yet, and nothing is known. */
  readonly report?: ReplicationReport;
}

type ReplicationPorts = SwitchPorts & Pick<CompatPorts, 'artifacts' | 'replication'>;

/**
 * The copies of data and their repair. Nothing runs in this process: `repair-replication` runs each minute, and `stop` holds it back as
 * `drover replication pause` would.
 */
class ReplicationDaemon {
  readonly #ports: ReplicationPorts;
  readonly #switch: HoldSwitch;

  constructor(ports: ReplicationPorts) {
    this.#ports = ports;
    this.#switch = new HoldSwitch(
      {
        hold: { kind: 'no-repair', scope: 'fleet' },
        what: 'replication',
        instead: '`drover replication pause` and `drover release`',
      },
      ports,
    );
  }

  /** Releases what an earlier `stop` set. @throws PermanentError in mode `enforce` without permission */
  async start(): Promise<ReplicationStatus> {
    await this.#switch.start();
    return this.status();
  }

  /**
   * Sets a hold for 24 hours: no copy is made, and no silent node's copies are written off meanwhile. Stopped again, it lasts 24 hours
   * from then.
   * @throws PermanentError in mode `enforce` without permission
   */
  async stop(reason = 'stopped by old code'): Promise<ReplicationStatus> {
    await this.#switch.stop(reason);
    return this.status();
  }

  async status(): Promise<ReplicationStatus> {
    const [report, stopped] = await Promise.all([this.#ports.replication.report(), this.#switch.status()]);
    return {
      ...stopped,
      ...(report === undefined ? {} : { report }),
    };
  }

  /** The next cycle looks at all copies of this artifact. @throws PermanentError when it is not known */
  async repairNow(artifactId: string): Promise<void> {
    if (!(await this.#ports.artifacts.markChanged(artifactId)))
      throw new PermanentError(
        `there is no artifact ${artifactId}: drover artifacts list shows those that are`,
      );
  }
}

export type { ReplicationStatus };
export { ReplicationDaemon };
