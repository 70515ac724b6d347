import type { CompatPorts } from './compat-ports.ts';
import { EventRouter } from './event-router.ts';

type WatcherPorts = Pick<CompatPorts, 'nodes' | 'publisher' | 'subscribe' | 'clock' | 'ids'>;

interface FreshData {
  /** As `hex8_2p`. */
  readonly name: string;
  readonly nodeId: string;
}

/** Which nodes train. Nothing polls: leases say what runs, and `TrainingStarted` brings fresh data to a node that begins to train. */
class TrainingNodeWatcher {
  readonly #ports: WatcherPorts;
  readonly #router: EventRouter;

  constructor(ports: WatcherPorts) {
    this.#ports = ports;
    this.#router = new EventRouter(ports);
  }

  /** NodeIds of the nodes that hold a lease of type training. What runs without a lease is not seen here: publish `TrainingStarted`. */
  async getTrainingNodes(): Promise<ReadonlySet<string>> {
    const active = await this.#ports.nodes.listByLifecycle(['active']);
    const training = active.filter(({ leases }) =>
      Object.values(leases).some(({ jobType }) => jobType === 'training'),
    );
    return new Set(training.map(({ nodeId }) => nodeId));
  }

  /** The newest training files of that name go to this node first. Answers the id of the event. */
  async triggerPrioritySync({ name, nodeId }: FreshData): Promise<{ readonly eventId: string }> {
    return this.#router.publish('TrainingStarted', { name, nodeId });
  }
}

export { TrainingNodeWatcher };
