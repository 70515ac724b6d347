import type { FleetConfig } from '../../config/fleet-config.ts';
import { LISTED_PROVIDERS } from '../../constants.ts';
import { PermanentError } from '../../errors.ts';
import type { Hold } from '../../holds/hold.ts';
import { putHold } from '../../holds/put-hold.ts';
import { releaseHold } from '../../holds/release-hold.ts';
import type { CompatPorts } from './compat-ports.ts';
import { policyOf } from './idle-shutdown-config.ts';

/** A forgotten stop ends by itself. */
const HOLD_SECONDS = 86_400;
/** By this a later start knows the holds of an earlier stop: those of people stay. */
const REASON_PREFIX = 'drover/compat stop: ';
/** A reason has at most 500 characters. */
const MAX_REASON = 400;

type SwitchPorts = Pick<
  CompatPorts,
  'holds' | 'audit' | 'config' | 'caller' | 'mayControl' | 'clock' | 'ids'
>;

interface Switched {
  readonly hold: Pick<Hold, 'kind' | 'scope'>;
  /** Whose start and stop it is, for messages. */
  readonly what: string;
  /** The commands that do the same, for messages. */
  readonly instead: string;
  /** Whose mode counts. Where it is the whole fleet's, one provider in mode `enforce` is enough. */
  readonly providers?: readonly (typeof LISTED_PROVIDERS)[number][];
}

/** What `start` and `stop` of old daemons are here: a hold of one kind and scope, released and set. */
class HoldSwitch {
  readonly #switched: Switched;
  readonly #ports: SwitchPorts;

  constructor(switched: Switched, ports: SwitchPorts) {
    this.#switched = switched;
    this.#ports = ports;
  }

  /**
   * Releases what an earlier `stop` set, audited.
   * @param check throws when it must not start with this configuration
   * @throws PermanentError in mode `enforce` without permission
   */
  async start(check: (config: FleetConfig) => void = () => {}): Promise<void> {
    check(await this.#demandControl('start'));
    await this.#release(await this.#ownHolds());
  }

  /**
   * Sets an audited hold for 24 hours. Stopped again, it lasts 24 hours from then.
   * @throws PermanentError in mode `enforce` without permission
   */
  async stop(reason: string): Promise<void> {
    await this.#demandControl('stop');
    const earlier = await this.#ownHolds();
    await putHold(this.#ports, {
      ...this.#switched.hold,
      reason: `${REASON_PREFIX}${reason.slice(0, MAX_REASON)}`,
      setBy: await this.#ports.caller(),
      ttlSeconds: HOLD_SECONDS,
    });
    // Only now: there is no moment without a hold.
    await this.#release(earlier);
  }

  /** When the hold of `stop` ends, as a status has it; empty: it is not stopped. */
  async status(): Promise<{ readonly stoppedUntil?: string }> {
    const ends = (await this.#ownHolds()).map(({ expiresAt }) => expiresAt).sort();
    const stoppedUntil = ends.at(-1);
    return stoppedUntil === undefined ? {} : { stoppedUntil };
  }

  /** Where Drover acts, old code may not know what it starts and stops. */
  async #demandControl(call: 'start' | 'stop'): Promise<FleetConfig> {
    const { what, instead, providers = LISTED_PROVIDERS } = this.#switched;
    const { config } = await this.#ports.config.current();
    const isEnforced = providers.some((provider) => policyOf(config.idle, provider).mode === 'enforce');
    if (isEnforced && !this.#ports.mayControl)
      throw new PermanentError(
        `${call}() of ${what} is refused in mode enforce: set DROVER_COMPAT_CONTROL=1 if old code may decide that, or use ${instead}`,
      );
    return config;
  }

  async #ownHolds(): Promise<Hold[]> {
    const holds = await this.#ports.holds.listLive(this.#ports.clock.now());
    const { kind, scope } = this.#switched.hold;
    return holds.filter(
      (hold) => hold.kind === kind && hold.scope === scope && hold.reason.startsWith(REASON_PREFIX),
    );
  }

  async #release(holds: readonly Hold[]): Promise<void> {
    const releasedBy = await this.#ports.caller();
    for (const { holdId } of holds)
      await releaseHold(this.#ports, { holdId, releasedBy, reason: 'drover/compat start' });
  }
}

export type { SwitchPorts };
export { HoldSwitch };
