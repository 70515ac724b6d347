import { demandEffect } from './demand-effect.ts';
import { HoldSwitch, type SwitchPorts } from './hold-switch.ts';
import { type IdleShutdownConfig, policyOf } from './idle-shutdown-config.ts';

interface IdleStatus {
  readonly provider: IdleShutdownConfig['provider'];
  readonly mode: 'observe' | 'enforce' | 'off';
  /** When the hold of `stop` ends; absent: it is not stopped. */
  readonly stoppedUntil?: string;
}

/**
 * The idle shutdown of one provider. Nothing runs in this process: Drover looks each minute, and `stop` holds it back by a freeze of
 * the provider's scope, as `drover freeze` would.
 */
class IdleShutdownDaemon {
  readonly config: IdleShutdownConfig;
  readonly #ports: SwitchPorts;
  readonly #switch: HoldSwitch;

  constructor(config: IdleShutdownConfig, ports: SwitchPorts) {
    this.config = config;
    this.#ports = ports;
    const { provider } = config;
    this.#switch = new HoldSwitch(
      {
        hold: { kind: 'freeze', scope: `provider:${provider}` },
        what: `the idle shutdown of ${provider}`,
        instead: '`drover freeze` and `drover release`',
        providers: [provider],
      },
      ports,
    );
  }

  /**
   * Releases what an earlier `stop` set.
   * @throws PermanentError in mode `enforce` without permission, and when the configuration differs from fleet.yaml
   */
  async start(): Promise<IdleStatus> {
    await this.#switch.start(({ idle }) => demandEffect(this.config.differencesFrom(idle)));
    return this.status();
  }

  /**
   * Sets a hold for 24 hours: no node of the provider is ended meanwhile. Stopped again, it lasts 24 hours from then.
   * @throws PermanentError in mode `enforce` without permission
   */
  async stop(reason = 'stopped by old code'): Promise<IdleStatus> {
    await this.#switch.stop(reason);
    return this.status();
  }

  async status(): Promise<IdleStatus> {
    const { idle } = (await this.#ports.config.current()).config;
    return {
      provider: this.config.provider,
      mode: policyOf(idle, this.config.provider).mode,
      ...(await this.#switch.status()),
    };
  }
}

export type { IdleStatus };
export { IdleShutdownDaemon };
