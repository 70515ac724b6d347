import type { EventFields, EventName } from '../../events/catalogue.ts';
import type { KnownEvent } from '../../events/known-event.ts';
import { toTimestamp } from '../../time.ts';
import type { CompatPorts } from './compat-ports.ts';

interface PublishOptions {
  /** The same id again has no further effect. Default: a new one. */
  readonly eventId?: string;
}

type Handler = (event: KnownEvent) => Promise<void> | void;

/** A subscription that goes on until it is stopped. */
interface Subscription {
  stop(): void;
  /** Settles when it has ended; rejects with the error of the handler that ended it. */
  readonly ended: Promise<void>;
}

type RouterPorts = Pick<CompatPorts, 'publisher' | 'subscribe' | 'clock' | 'ids'>;

/** The bus of an installation: one publish is one event, and each subscription gets it once. */
class EventRouter {
  readonly #ports: RouterPorts;
  readonly #running = new Set<AbortController>();

  constructor(ports: RouterPorts) {
    this.#ports = ports;
  }

  /**
   * Sends an event of the catalogue. Answers its id.
   * @throws PermanentError when the fields do not match the catalogue: nothing was sent
   */
  async publish<Name extends EventName>(
    name: Name,
    fields: EventFields<Name>,
    options: PublishOptions = {},
  ): Promise<{ readonly eventId: string }> {
    const { publisher, clock, ids } = this.#ports;
    const eventId = options.eventId ?? ids.uuid();
    await publisher.publish([{ name, fields, eventId, occurredAt: toTimestamp(clock.now()) }]);
    return { eventId };
  }

  /**
   * Calls the handler for each event of these names, one after the other, by reading the log of all events. For tools and scripts:
   * what must not miss an event has a queue of its own.
   */
  subscribe(names: EventName | readonly EventName[], handler: Handler): Subscription {
    const control = new AbortController();
    this.#running.add(control);
    const ended = this.#ports
      .subscribe(typeof names === 'string' ? [names] : names, handler, control.signal)
      .finally(() => this.#running.delete(control));
    return { stop: () => control.abort(), ended };
  }

  /** There is nothing to start: the bus is always there. */
  async start(): Promise<void> {}

  /** Ends the subscriptions of this router. */
  async stop(): Promise<void> {
    for (const control of this.#running) control.abort();
  }
}

export type { PublishOptions, Subscription };
export { EventRouter };
