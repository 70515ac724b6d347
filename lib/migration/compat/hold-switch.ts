import type { Hold } from '../../holds/hold.ts';
import { putHold } from '../../holds/put-hold.ts';
import { releaseHold } from '../../holds/release-hold.ts';
import type { CompatPorts } from './compat-ports.ts';

/** A forgotten stop ends by itself. */
const HOLD_SECONDS = 86_400;
/** By this a later start knows the holds of an earlier stop: those of people stay. */
const REASON_PREFIX = 'drover/compat stop: ';
/** A reason has at most 500 characters. */
const MAX_REASON = 400;

type SwitchPorts = Pick<CompatPorts, 'holds' | 'audit' | 'caller' | 'clock' | 'ids'>;

/** What `start` and `stop` of old daemons are here: a hold of one kind and scope, released and set. */
class HoldSwitch {
  readonly #hold: Pick<Hold, 'kind' | 'scope'>;
  readonly #ports: SwitchPorts;

  constructor(hold: Pick<Hold, 'kind' | 'scope'>, ports: SwitchPorts) {
    this.#hold = hold;
    this.#ports = ports;
  }

  /** Releases what an earlier `stop` set, audited. */
  async start(): Promise<void> {
    await this.#release(await this.#ownHolds());
  }

  /** Sets an audited hold for 24 hours. Stopped again, it lasts 24 hours from then. */
  async stop(reason: string): Promise<void> {
    const earlier = await this.#ownHolds();
    await putHold(this.#ports, {
      ...this.#hold,
      reason: `${REASON_PREFIX}${reason.slice(0, MAX_REASON)}`,
      setBy: await this.#ports.caller(),
      ttlSeconds: HOLD_SECONDS,
    });
    // Only now: there is no moment without a hold.
    await this.#release(earlier);
  }

  /** When the hold of `stop` ends; undefined: it is not stopped. */
  async stoppedUntil(): Promise<string | undefined> {
    return (await this.#ownHolds())
      .map(({ expiresAt }) => expiresAt)
      .sort()
      .at(-1);
  }

  async #ownHolds(): Promise<Hold[]> {
    const holds = await this.#ports.holds.listLive(this.#ports.clock.now());
    const { kind, scope } = this.#hold;
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

export { HoldSwitch };
