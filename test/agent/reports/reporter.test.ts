import { describe, expect, it } from 'vitest';
import { Reporter } from '../../../agent/reports/reporter.ts';
import { Sequence } from '../../../agent/reports/sequence.ts';
import { systemTiming } from '../../../agent/wait.ts';
import { parseReport } from '../../../lib/nodes/parse-report.ts';
import { silentLog, temporaryFolder } from '../temporary-folder.ts';

const prepare = async (takes: (request: number, bodies: readonly string[]) => readonly string[]) => {
  const requests: (readonly string[])[] = [];
  let uuids = 0;
  const reporter = new Reporter({
    send: () => Promise.reject(new Error('one by one')),
    sendSome: async (bodies) => {
      requests.push(bodies);
      return takes(requests.length, bodies);
    },
    sequence: await Sequence.open(`${temporaryFolder()}/state`, new Date(), silentLog),
    nodeId: () => 'n-0123456789ab',
    bootId: 'boot',
    uuid: () => {
      uuids += 1;
      return `00000000-0000-4000-8000-00000000000${uuids}`;
    },
    timing: { ...systemTiming, wait: async (_seconds, signal) => !signal.aborted },
    log: silentLog,
  });
  const contents = [1, 2, 3].map((bytes) => ({
    type: 'rot' as const,
    rot: { artifactId: 'a'.repeat(64), path: 'a', bytes },
  }));
  const bytesOf = (bodies: readonly string[] = []): number[] =>
    bodies.flatMap((body) => {
      const report = parseReport(JSON.parse(body));
      return report.type === 'rot' ? [report.rot.bytes] : [];
    });
  return { reporter, requests, contents, bytesOf };
};

describe('Reporter', () => {
  it('sends many in one request, and again only those that were not taken, as they were', async () => {
    const { reporter, requests, contents, bytesOf } = await prepare((request, bodies) =>
      request === 1 ? bodies.slice(1, 2) : [],
    );

    expect(await reporter.sendAllUntilAccepted(contents, new AbortController().signal)).toBe(true);

    expect(requests.map(bytesOf)).toEqual([[1, 2, 3], [2]]);
    expect(requests[1]?.[0]).toBe(requests[0]?.[1]);
  });

  it('gives up when it is told to', async () => {
    const stop = new AbortController();
    const { reporter, contents } = await prepare((_request, bodies) => {
      stop.abort();
      return bodies;
    });
    expect(await reporter.sendAllUntilAccepted(contents, stop.signal)).toBe(false);
  });
});
