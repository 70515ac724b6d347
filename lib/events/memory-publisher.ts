import { PermanentError } from '../errors.ts';
import { type KnownEvent, knownEventSchema } from './known-event.ts';
import type { Publisher } from './publisher.ts';

interface MemoryPublisher extends Publisher {
  /** All that was published, in order, repeats included. */
  readonly published: KnownEvent[];
}

/** Keeps events in memory, validated as the bus's publisher does. */
const createMemoryPublisher = (source = 'drover'): MemoryPublisher => {
  const published: KnownEvent[] = [];
  return {
    published,
    publish: async (events) => {
      const parsed = events.map((event) => knownEventSchema.safeParse({ ...event, source }));
      for (const { error } of parsed) {
        if (error !== undefined) {
          throw new PermanentError(`event does not match its schema: ${error.message}`, { cause: error });
        }
      }
      published.push(...parsed.flatMap(({ data }) => (data === undefined ? [] : [data])));
    },
  };
};

export type { MemoryPublisher };
export { createMemoryPublisher };
