import { describe, expect, it } from 'vitest';
import { TokenBucket } from '../../../agent/pull/token-bucket.ts';
import { createUploadCap } from '../../../agent/sync/upload-cap.ts';
import type { Timing } from '../../../agent/wait.ts';
import { digestConfiguration, type NodeConfiguration } from '../../../lib/commands/node-configuration.ts';
import { PLAYED, prepareWork, scripted } from '../work/work-fixture.ts';

const MEGABYTE = 1_000_000;
const signal = new AbortController().signal;

const configured = (bandwidthBytesPerSecond?: number): NodeConfiguration => {
  const sync = bandwidthBytesPerSecond === undefined ? undefined : { bandwidthBytesPerSecond };
  const content = { claim: [], ignore: [], ...(sync === undefined ? {} : { sync }) };
  return { digest: digestConfiguration(content), ...content };
};

/** A cap whose waits are counted in place of waited for. */
const prepare = (ownBytesPerSecond?: number) => {
  const clock = { nowMs: 0 };
  const timing: Timing = {
    now: () => new Date(clock.nowMs),
    random: () => 0,
    wait: async (seconds) => {
      clock.nowMs += seconds * 1000;
      return true;
    },
  };
  const configuration: { current: NodeConfiguration | undefined } = { current: undefined };
  const cap = createUploadCap({
    provider: 'vast',
    configuration,
    bandwidth: ownBytesPerSecond === undefined ? undefined : new TokenBucket(ownBytesPerSecond, timing),
    timing,
  });
  return {
    configuration,
    /** How many seconds it takes to let so many megabytes through, but for the burst at the beginning. */
    secondsFor: async (megabytes: number): Promise<number> => {
      const before = clock.nowMs;
      for (let done = 0; done < megabytes; done += 1) await cap.take(MEGABYTE, signal);
      return (clock.nowMs - before) / 1000;
    },
  };
};

describe('the cap over all uploads of a node', () => {
  it('is what its provider gives, unless the configuration says another number, from then on', async () => {
    const { configuration, secondsFor } = prepare();
    expect(await secondsFor(100)).toBeCloseTo(2, 0);
    configuration.current = configured(10 * MEGABYTE);
    expect(await secondsFor(100)).toBeCloseTo(10, 0);
    configuration.current = configured();
    expect(await secondsFor(100)).toBeCloseTo(2, 0);
  });

  it("never exceeds the agent's own cap over all of its transfers", async () => {
    const { configuration, secondsFor } = prepare(5 * MEGABYTE);
    configuration.current = configured(10 * MEGABYTE);
    expect(await secondsFor(100)).toBeCloseTo(20, 0);
  });

  it('holds for what jobs make, too', async () => {
    const script = `
      const { writeFileSync } = require('node:fs');
      writeFileSync('games.npz', Buffer.alloc(300_000, 7));
      writeFileSync(process.env.DROVER_RESULT, JSON.stringify({ gamesPlayed: 1 }));
    `;
    const { cloud, start, send, run, resultOf, conclusionOf } = await prepareWork({
      play: scripted(script, PLAYED),
    });
    start();
    send('c-slow', { type: 'configure', configuration: configured(MEGABYTE / 10) });
    await resultOf('c-slow');
    const begun = Date.now();
    run('t-1', 'play');

    const report = await conclusionOf('t-1');

    // 300 kB at 100 kB/s, but for a quarter of a second's worth.
    expect(Date.now() - begun).toBeGreaterThan(2700);
    const [artifactId] = report.state === 'succeeded' ? report.outputs : [];
    expect(cloud.objects.has(`artifacts/${artifactId}`)).toBe(true);
  });
});
