import type { EventName } from './catalogue.ts';
import type { KnownEvent } from './known-event.ts';
import { parseEvent } from './parse-event.ts';
import { type TailOptions, tailEvents } from './read-events-log.ts';

type SubscribeOptions = Omit<TailOptions, 'names' | 'follow' | 'sources'>;

/**
 * Calls `handler` for each canonical event of these names, one after the other, until the signal aborts. For tools and scripts:
 * what must not miss an event has its own queue. A handler's error ends the subscription.
 * @throws PermanentError when a canonical event does not match the catalogue (another version of Drover sent it)
 */
const subscribe = async (
  options: SubscribeOptions,
  names: readonly EventName[],
  handler: (event: KnownEvent) => Promise<void> | void,
): Promise<void> => {
  for await (const { name, source, detail } of tailEvents({ ...options, names, follow: true })) {
    await handler(parseEvent({ 'detail-type': name, source, detail }));
  }
};

export type { SubscribeOptions };
export { subscribe };
