import {
  type CloudWatchLogsClient,
  FilterLogEventsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch-logs';
import { describe, expect, it } from 'vitest';
import { tailEvents } from '../../lib/events/read-events-log.ts';
import { subscribe } from '../../lib/events/subscribe.ts';
import { at, START } from '../nodes/fixtures.ts';

interface Line {
  readonly eventId: string;
  readonly timestamp: number;
  readonly message: string;
}

const line = (id: string, seconds: number, overrides: Record<string, unknown> = {}): Line => ({
  eventId: `log-${id}-${String(overrides['source'] ?? 'drover')}`,
  timestamp: at(seconds).getTime(),
  message: JSON.stringify({
    'detail-type': 'NodeActivated',
    source: 'drover',
    time: at(seconds).toISOString(),
    detail: {
      schemaVersion: 1,
      eventId: id,
      occurredAt: at(seconds).toISOString(),
      nodeId: 'n-00000000000a',
    },
    ...overrides,
  }),
});

/** A log that answers two lines a page; `polls` holds what has been written at each poll. */
const createLog = (...polls: Line[][]): Pick<CloudWatchLogsClient, 'send'> & { starts: number[] } => {
  let poll = 0;
  const starts: number[] = [];
  return {
    starts,
    send: async (command: unknown) => {
      if (!(command instanceof FilterLogEventsCommand)) {
        throw new Error('not FilterLogEvents');
      }
      const { startTime = 0, nextToken } = command.input;
      if (nextToken === undefined) {
        starts.push(startTime);
      }
      const lines = (polls[poll] ?? polls.at(-1) ?? []).filter(({ timestamp }) => timestamp >= startTime);
      const from = Number(nextToken ?? 0);
      const isLast = from + 2 >= lines.length;
      poll += isLast ? 1 : 0;
      return { events: lines.slice(from, from + 2), ...(isLast ? {} : { nextToken: String(from + 2) }) };
    },
  };
};

const collect = async (
  client: Pick<CloudWatchLogsClient, 'send'>,
  options: Partial<Parameters<typeof tailEvents>[0]> = {},
): Promise<string[]> => {
  const found: string[] = [];
  for await (const event of tailEvents({ client, group: 'g', since: START, follow: false, ...options })) {
    found.push(`${event.source}:${event.eventId}`);
  }
  return found;
};

describe('tailEvents', () => {
  it('reads every page, each event once [events#6-1]', async () => {
    const log = createLog([line('a', 1), line('b', 2), line('a', 3), line('c', 4), line('d', 5)]);
    expect(await collect(log)).toEqual(['drover:a', 'drover:b', 'drover:c', 'drover:d']);
  });

  it('shows accepted events; those from outside only when asked', async () => {
    const outside = line('a', 1, { source: 'pipeline' });
    const log = () => createLog([outside, line('a', 2), line('z', 3, { source: 'droverish' })]);
    expect(await collect(log())).toEqual(['drover:a']);
    expect(await collect(log(), { sources: 'all' })).toEqual(['pipeline:a', 'drover:a', 'droverish:z']);
  });

  it('filters by name', async () => {
    const log = createLog([line('a', 1), line('b', 2, { 'detail-type': 'NodeRevoked' })]);
    expect(await collect(log, { names: ['NodeRevoked'] })).toEqual(['drover:b']);
  });

  it('hands over lines that are no events, and goes on', async () => {
    const unreadable: string[] = [];
    const odd: Line = { eventId: 'x', timestamp: at(1).getTime(), message: 'not json' };
    const log = createLog([odd, line('a', 2)]);
    expect(await collect(log, { onUnreadable: (text) => unreadable.push(text) })).toEqual(['drover:a']);
    expect(unreadable).toEqual(['not json']);
  });

  it('follows: finds late lines behind newer ones, repeats none, ends when aborted', async () => {
    const abort = new AbortController();
    const log = createLog(
      [line('a', 100)],
      [line('late', 95), line('a', 100), line('b', 110)],
      [line('late', 95), line('a', 100), line('b', 110), line('c', 200)],
    );
    let polls = 0;
    const found = await collect(log, {
      follow: true,
      signal: abort.signal,
      wait: async () => {
        polls += 1;
        if (polls === 3) {
          abort.abort();
          throw new Error('aborted');
        }
      },
    });
    expect(found).toEqual(['drover:a', 'drover:late', 'drover:b', 'drover:c']);
    expect(log.starts[1]).toBe(at(70).getTime());
  });

  it('says when the log group is not there', async () => {
    const client: Pick<CloudWatchLogsClient, 'send'> = {
      send: async () => {
        throw new ResourceNotFoundException({ message: 'no', $metadata: {} });
      },
    };
    await expect(collect(client)).rejects.toThrow('there is no log group g: is this stage deployed?');
  });
});

describe('subscribe', () => {
  it('hands typed events of these names to the handler, one after the other, until it is aborted', async () => {
    const abort = new AbortController();
    const seen: string[] = [];
    await subscribe(
      {
        client: createLog([line('a', 1), line('b', 2), line('x', 3, { 'detail-type': 'NodeRevoked' })]),
        group: 'g',
        since: START,
        signal: abort.signal,
        wait: async () => {
          abort.abort();
          throw new Error('aborted');
        },
      },
      ['NodeActivated'],
      (event) => {
        seen.push(`${event.name} ${event.eventId}`);
      },
    );
    expect(seen).toEqual(['NodeActivated a', 'NodeActivated b']);
  });

  it("ends with the handler's error", async () => {
    const failing = subscribe(
      { client: createLog([line('a', 1)]), group: 'g', since: START },
      ['NodeActivated'],
      () => {
        throw new Error('handler broke');
      },
    );
    await expect(failing).rejects.toThrow('handler broke');
  });
});
