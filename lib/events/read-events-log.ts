import {
  type CloudWatchLogsClient,
  type FilteredLogEvent,
  FilterLogEventsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch-logs';
import * as z from 'zod';
import { EVENT_SOURCE } from '../constants.ts';
import { PermanentError } from '../errors.ts';
import { systemWait, type Wait } from '../wait.ts';
import { RecentIds } from './recent-ids.ts';

interface TailOptions {
  readonly client: Pick<CloudWatchLogsClient, 'send'>;
  /** `eventsLogGroupName(stage)` */
  readonly group: string;
  readonly since: Date;
  /** Only these; all when absent. */
  readonly names?: readonly string[];
  /** Waits for new ones until the signal ends it; otherwise ends at the end of the log. */
  readonly follow: boolean;
  /** `canonical` (the default): events under our own source. `all`: also those from outside, before they are validated. */
  readonly sources?: 'canonical' | 'all';
  readonly signal?: AbortSignal;
  /** A line of the log that is no event. */
  readonly onUnreadable?: (line: string) => void;
  readonly wait?: Wait;
}

interface LoggedEvent {
  readonly name: string;
  readonly source: string;
  /** Absent when an event from outside has none. */
  readonly eventId: string | undefined;
  /** When EventBridge took it. */
  readonly time: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

const lineSchema = z.object({
  'detail-type': z.string(),
  source: z.string(),
  time: z.string(),
  detail: z.looseObject({ eventId: z.string().optional().catch(undefined) }),
});

const POLL_MILLISECONDS = 1000;
/** Lines can appear a little after later ones: each poll reads this far back, and known ones are left out. */
const OVERLAP_MILLISECONDS = 30_000;

const toEvent = (message: string): LoggedEvent | undefined => {
  let json: unknown;
  try {
    json = JSON.parse(message);
  } catch {
    return undefined;
  }
  const parsed = lineSchema.safeParse(json);
  if (!parsed.success) {
    return undefined;
  }
  const { 'detail-type': name, source, time, detail } = parsed.data;
  return { name, source, eventId: detail.eventId, time, detail };
};

const isCanonical = (source: string): boolean =>
  source === EVENT_SOURCE || source.startsWith(`${EVENT_SOURCE}.`);

/** Every line since `startTime`, page by page. */
async function* readLines(options: TailOptions, startTime: number): AsyncGenerator<FilteredLogEvent> {
  const { client, group, signal } = options;
  let nextToken: string | undefined;
  do {
    const page = await client
      .send(
        new FilterLogEventsCommand({
          logGroupName: group,
          startTime,
          ...(nextToken === undefined ? {} : { nextToken }),
        }),
        signal === undefined ? {} : { abortSignal: signal },
      )
      .catch((cause: unknown) => {
        if (cause instanceof ResourceNotFoundException) {
          throw new PermanentError(`there is no log group ${group}: is this stage deployed?`, { cause });
        }
        throw cause;
      });
    yield* page.events ?? [];
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}

/** An event that was published twice, or repeated by an overlapping read, has one key. */
const keyOf = (event: LoggedEvent, logEventId: string | undefined): string =>
  event.eventId === undefined
    ? `log:${logEventId}`
    : `${isCanonical(event.source) ? 'canonical' : 'outside'}:${event.eventId}`;

/**
 * The events of the log, oldest first, each once. With `follow` it goes on until the signal aborts, and then just ends.
 * @throws PermanentError when there is no such log group
 */
async function* tailEvents(options: TailOptions): AsyncGenerator<LoggedEvent> {
  const { since, names, follow, sources = 'canonical', signal, onUnreadable, wait = systemWait } = options;
  const seen = new RecentIds();
  let newest = since.getTime();
  for (;;) {
    try {
      const startTime = Math.max(since.getTime(), newest - OVERLAP_MILLISECONDS);
      for await (const { message = '', timestamp = newest, eventId } of readLines(options, startTime)) {
        newest = Math.max(newest, timestamp);
        const event = toEvent(message);
        if (!seen.isNew(event === undefined ? `log:${eventId}` : keyOf(event, eventId))) {
          continue;
        }
        if (event === undefined) {
          onUnreadable?.(message);
        } else if (
          (sources === 'all' || isCanonical(event.source)) &&
          (names === undefined || names.includes(event.name))
        ) {
          yield event;
        }
      }
      if (!follow) {
        return;
      }
      await wait(POLL_MILLISECONDS, signal);
    } catch (error) {
      if (signal?.aborted) {
        return;
      }
      throw error;
    }
  }
}

export type { LoggedEvent, TailOptions };
export { tailEvents };
