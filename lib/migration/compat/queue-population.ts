import type { BackpressureLevel } from '../../work/backpressure.ts';
import type { Population } from '../../work/population.ts';
import type { CompatPorts } from './compat-ports.ts';
import { demandEffect } from './demand-effect.ts';
import { HoldSwitch, type SwitchPorts } from './hold-switch.ts';
import { type PopulatorSettings, populatorDifferences } from './populator-settings.ts';

interface PopulatorStatus {
  /** When the hold of `stop` ends; absent: it is not stopped. */
  readonly stoppedUntil?: string;
  /** The last cycle; absent: there was none. */
  readonly cycle?: {
    readonly at: string;
    /** Jobs that wait for a node, and that this cycle made. */
    readonly waiting: number;
    readonly made: number;
    readonly level: BackpressureLevel;
    /** Why nothing was made, in a sentence; absent: it could be. */
    readonly stoppedBy?: string;
  };
}

type PopulatorPorts = SwitchPorts & Pick<CompatPorts, 'populations' | 'populate'>;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

const describeCycle = ({ at, classes, level, stoppedBy }: Population): PopulatorStatus['cycle'] => ({
  at,
  waiting: sum(classes.map(({ waiting }) => waiting)),
  made: sum(classes.map(({ made }) => made)),
  level,
  ...(stoppedBy === undefined ? {} : { stoppedBy: stoppedBy.message }),
});

/**
 * The population of the queue. Nothing runs in this process: `populate-queue` runs each minute, and `stop` holds it back by a pause of
 * the fleet, as `drover pause` would.
 */
class QueuePopulation {
  readonly config: PopulatorSettings;
  readonly #ports: PopulatorPorts;
  readonly #switch: HoldSwitch;

  constructor(config: PopulatorSettings, ports: PopulatorPorts) {
    this.config = config;
    this.#ports = ports;
    this.#switch = new HoldSwitch(
      {
        hold: { kind: 'pause', scope: 'fleet' },
        what: 'the queue populator',
        instead: '`drover pause` and `drover release`',
      },
      ports,
    );
  }

  /**
   * Releases what an earlier `stop` set.
   * @throws PermanentError in mode `enforce` without permission, and when the configuration differs from fleet.yaml
   */
  async start(): Promise<PopulatorStatus> {
    await this.#switch.start(({ work }) => demandEffect(populatorDifferences(this.config, work)));
    return this.status();
  }

  /**
   * Sets a hold for 24 hours: no work is made meanwhile. Stopped again, it lasts 24 hours from then.
   * @throws PermanentError in mode `enforce` without permission
   */
  async stop(reason = 'stopped by old code'): Promise<PopulatorStatus> {
    await this.#switch.stop(reason);
    return this.status();
  }

  /**
   * One cycle at once, on AWS, beside those of each minute; two at the same time are one. Answers how many jobs the last cycle made.
   * @throws TransientError when the cycle failed
   */
  async populate(): Promise<number> {
    await this.#ports.populate();
    return (await this.status()).cycle?.made ?? 0;
  }

  async status(): Promise<PopulatorStatus> {
    const [population, stopped] = await Promise.all([this.#ports.populations.get(), this.#switch.status()]);
    const cycle = population === undefined ? undefined : describeCycle(population);
    return {
      ...stopped,
      ...(cycle === undefined ? {} : { cycle }),
    };
  }
}

export type { PopulatorStatus };
export { QueuePopulation };
