import { PermanentError } from '../../errors.ts';
import type { Hold } from '../../holds/hold.ts';
import { putHold } from '../../holds/put-hold.ts';
import { releaseHold } from '../../holds/release-hold.ts';
import type { CompatPorts } from './compat-ports.ts';
import { type IdleShutdownConfig, policyOf } from './idle-shutdown-config.ts';

/** A forgotten stop ends by itself. */
const HOLD_SECONDS = 86_400;
/** By this a later start knows the holds of an earlier stop: those of people stay. */
const REASON_PREFIX = 'drover/compat stop: ';
/** A reason has at most 500 characters. */
const MAX_REASON = 400;

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

  constructor(config: IdleShutdownConfig, ports: IdlePorts) {
    this.config = config;
    this.#ports = ports;
  }

  /**
   * Releases what an earlier `stop` set.
   * @throws PermanentError in mode `enforce` without permission, and when the configuration differs from fleet.yaml
   */
  async start(): Promise<IdleStatus> {
    const { idle } = (await this.#ports.config.current()).config;
    this.#demandControl(policyOf(idle, this.config.provider).mode, 'start');
    const differences = this.config.differencesFrom(idle);
    if (differences.length > 0)
      throw new PermanentError(
        `this configuration would have no effect: ${differences.join('; ')}: set it in fleet.yaml, then \`drover apply fleet.yaml\``,
      );
    await this.#release(await this.#ownHolds());
    return this.status();
  }

  /**
   * Sets a hold for 24 hours: no node of the provider is ended meanwhile. Stopped again, it lasts 24 hours from then.
   * @throws PermanentError in mode `enforce` without permission
   */
  async stop(reason = 'stopped by old code'): Promise<IdleStatus> {
    const { idle } = (await this.#ports.config.current()).config;
    this.#demandControl(policyOf(idle, this.config.provider).mode, 'stop');
    const earlier = await this.#ownHolds();
    await putHold(this.#ports, {
      kind: 'freeze',
      scope: this.#scope,
      reason: `${REASON_PREFIX}${reason.slice(0, MAX_REASON)}`,
      setBy: await this.#ports.caller(),
      ttlSeconds: HOLD_SECONDS,
    });
    // Only now: there is no moment without a hold.
    await this.#release(earlier);
    return this.status();
  }

  async status(): Promise<IdleStatus> {
    const { idle } = (await this.#ports.config.current()).config;
    const ends = (await this.#ownHolds()).map(({ expiresAt }) => expiresAt).sort();
    const last = ends.at(-1);
    return {
      provider: this.config.provider,
      mode: policyOf(idle, this.config.provider).mode,
      ...(last === undefined ? {} : { stoppedUntil: last }),
    };
  }

  get #scope(): string {
    return `provider:${this.config.provider}`;
  }

  async #ownHolds(): Promise<Hold[]> {
    const holds = await this.#ports.holds.listLive(this.#ports.clock.now());
    return holds.filter(({ scope, reason }) => scope === this.#scope && reason.startsWith(REASON_PREFIX));
  }

  async #release(holds: readonly Hold[]): Promise<void> {
    const releasedBy = await this.#ports.caller();
    for (const { holdId } of holds)
      await releaseHold(this.#ports, { holdId, releasedBy, reason: 'drover/compat start' });
  }

  /** There it decides about machines that cost money, and old code may not know that. */
  #demandControl(mode: IdleStatus['mode'], what: 'start' | 'stop'): void {
    if (mode !== 'enforce' || this.#ports.mayControl) return;
    throw new PermanentError(
      `${what}() of the idle shutdown of ${this.config.provider} is refused in mode enforce: set DROVER_COMPAT_CONTROL=1 if old code may decide that, or use \`drover freeze\` and \`drover release\``,
    );
  }
}

export type { IdleStatus };
export { IdleShutdownDaemon };
