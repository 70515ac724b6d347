import type { IdleConfig } from '../../idle/idle-settings.ts';
import type { CompatPorts } from './compat-ports.ts';
import { demandControl, demandEffect } from './demand-control.ts';
import { HoldSwitch } from './hold-switch.ts';
import { type IdleShutdownConfig, policyOf } from './idle-shutdown-config.ts';

interface IdleStatus {
  readonly provider: IdleShutdownConfig['provider'];
  readonly mode: 'observe' | 'enforce' | 'off';
  /** When the hold of `stop` ends; absent: it is not stopped. */
  readonly stoppedUntil?: string;
}

type IdlePorts = Pick<CompatPorts, 'holds' | 'audit' | 'config' | 'caller' | 'mayControl' | 'clock' | 'ids'>;

/**
 * The idle shutdown of one provider. Nothing runs in this process: Drover looks each minute, and `stop` holds it back by a freeze of
 * the provider's scope, as `drover freeze` would.
 */
class IdleShutdownDaemon {
  readonly config: IdleShutdownConfig;
  readonly #ports: IdlePorts;
  readonly #switch: HoldSwitch;

  constructor(config: IdleShutdownConfig, ports: IdlePorts) {
    this.config = config;
    this.#ports = ports;
    this.#switch = new HoldSwitch({ kind: 'freeze', scope: `provider:${config.provider}` }, ports);
  }

  /**
   * Releases what an earlier `stop` set.
   * @throws PermanentError in mode `enforce` without permission, and when the configuration differs from fleet.yaml
   */
  async start(): Promise<IdleStatus> {
    const idle = await this.#demandControl('start');
    demandEffect(this.config.differencesFrom(idle));
    await this.#switch.start();
    return this.status();
  }

  /**
   * Sets a hold for 24 hours: no node of the provider is ended meanwhile. Stopped again, it lasts 24 hours from then.
   * @throws PermanentError in mode `enforce` without permission
   */
  async stop(reason = 'stopped by old code'): Promise<IdleStatus> {
    await this.#demandControl('stop');
    await this.#switch.stop(reason);
    return this.status();
  }

  async status(): Promise<IdleStatus> {
    const { idle } = (await this.#ports.config.current()).config;
    const stoppedUntil = await this.#switch.stoppedUntil();
    return {
      provider: this.config.provider,
      mode: policyOf(idle, this.config.provider).mode,
      ...(stoppedUntil === undefined ? {} : { stoppedUntil }),
    };
  }

  async #demandControl(call: 'start' | 'stop'): Promise<IdleConfig> {
    const { idle } = (await this.#ports.config.current()).config;
    const { provider } = this.config;
    demandControl(
      this.#ports,
      policyOf(idle, provider).mode,
      `${call}() of the idle shutdown of ${provider}`,
      '`drover freeze` and `drover release`',
    );
    return idle;
  }
}

export type { IdleStatus };
export { IdleShutdownDaemon };
