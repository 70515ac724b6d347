import { PermanentError } from '../../errors.ts';
import type { CompatPorts } from './compat-ports.ts';
import { EventRouter } from './event-router.ts';

/** What a distribution daemon distributes. */
const DataType = { MODEL: 'model', NPZ: 'npz' } as const;
type DataType = (typeof DataType)[keyof typeof DataType];

interface DistributionSettings {
  readonly dataTypes: Iterable<DataType>;
  /** Complete at this many verified nodes. */
  readonly minVerified?: number;
  readonly deadlineSeconds?: number;
}

/** An artifact that was published: `drover artifacts publish`. */
interface Distributed {
  readonly dataType: DataType;
  readonly name: string;
  readonly version: string;
  /** The same id again has no further effect. */
  readonly eventId?: string;
}

/** Sends what is published to the nodes that should have it: an event starts that, and nothing runs in this process. */
class DistributionDaemon {
  readonly #settings: DistributionSettings;
  readonly #types: ReadonlySet<DataType>;
  readonly #router: EventRouter;

  constructor(
    settings: DistributionSettings,
    ports: Pick<CompatPorts, 'publisher' | 'subscribe' | 'clock' | 'ids'>,
  ) {
    this.#settings = settings;
    this.#types = new Set(settings.dataTypes);
    this.#router = new EventRouter(ports);
  }

  /**
   * A model becomes the current one on every eligible node (`ModelPromoted`); training files go to the nodes that train
   * (`DatasetPublished`). Answers the event's id.
   * @throws PermanentError when this daemon does not distribute such data
   */
  async distribute({ dataType, name, version, eventId }: Distributed): Promise<{ readonly eventId: string }> {
    if (!this.#types.has(dataType))
      throw new PermanentError(
        `this daemon distributes ${[...this.#types].join(' and ') || 'nothing'}, not ${dataType}: name it in dataTypes`,
      );
    const { minVerified, deadlineSeconds } = this.#settings;
    const fields = {
      name,
      version,
      ...(minVerified === undefined ? {} : { minVerified }),
      ...(deadlineSeconds === undefined ? {} : { deadlineSeconds }),
    };
    return this.#router.publish(
      dataType === DataType.MODEL ? 'ModelPromoted' : 'DatasetPublished',
      fields,
      eventId === undefined ? {} : { eventId },
    );
  }

  /** There is nothing to start: functions wait for the events. */
  async start(): Promise<void> {}

  /** There is nothing to stop here; `drover pause` and `drover freeze` hold the installation back. */
  async stop(): Promise<void> {}
}

export type { Distributed, DistributionSettings };
export { DataType, DistributionDaemon };
