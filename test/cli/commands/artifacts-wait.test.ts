import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { artifactId, nodeIdOf, sampleArtifact, sampleNode } from '../support/samples.ts';
import { createTestInstallation } from '../support/test-installation.ts';

const resultSchema = z.object({
  reached: z.boolean(),
  verifiedNodeIds: z.array(z.string()),
  missing: z.array(z.object({ nodeId: z.string(), reason: z.string() })),
});

const prepare = async () => {
  const installation = createTestInstallation();
  await installation.stores.artifacts.register(sampleArtifact());
  for (const index of [1, 2]) await installation.stores.nodes.create(sampleNode(index));
  return installation;
};

const wait = (...more: string[]): string[] => ['artifacts', 'wait', 'hex8_2p@12', '--json', ...more];

describe('drover artifacts wait', () => {
  it('returns as soon as enough nodes are verified, after earlier answers of no [sync#13-16]', async () => {
    const { run, stores } = await prepare();
    let polls = 0;
    const sleep = async (): Promise<void> => {
      polls += 1;
      await stores.artifacts.addNodeReplica(artifactId, nodeIdOf(polls));
    };
    const done = await run(wait('--min', '2', '--timeout', '300'), { sleep });
    expect(done.exitCode).toBe(0);
    expect(polls).toBe(2);
    expect(resultSchema.parse(done.json())).toEqual({
      reached: true,
      verifiedNodeIds: [nodeIdOf(1), nodeIdOf(2)],
      missing: [],
    });
  });

  it('ends at its deadline with 1 and the reason of each missing node [sync#L20]', async () => {
    const { run, stores } = await prepare();
    await stores.artifacts.addNodeReplica(artifactId, nodeIdOf(1));
    let now = new Date('2026-11-23T12:00:00.000Z').getTime();
    const clock = { now: () => new Date(now) };
    const sleep = async (seconds: number): Promise<void> => {
      now += seconds * 1000;
    };
    const done = await run(wait('--min', '2', '--timeout', '30s'), { clock, sleep });
    expect(done.exitCode).toBe(1);
    expect(now).toBe(new Date('2026-11-23T12:00:30.000Z').getTime());
    expect(resultSchema.parse(done.json())).toEqual({
      reached: false,
      verifiedNodeIds: [nodeIdOf(1)],
      missing: [{ nodeId: nodeIdOf(2), reason: 'not sent: no distribution was started' }],
    });
  });

  it('never counts the copy of a node that ended', async () => {
    const { run, stores } = await prepare();
    await stores.nodes.create(sampleNode(3, { lifecycle: 'terminated' }));
    await stores.artifacts.addNodeReplica(artifactId, nodeIdOf(3));
    const done = await run(wait('--min', '1', '--timeout', '1'), { signal: AbortSignal.abort() });
    expect(done.exitCode).toBe(1);
    expect(resultSchema.parse(done.json()).verifiedNodeIds).toEqual([]);
  });

  it.each([
    [['artifacts', 'wait', 'nobody@1'], 1, /no artifact named/],
    [wait('--min', '0'), 2, /--min/],
    [wait('--timeout', 'soon'), 2, /--timeout/],
  ])('answers %j with %i', async (args, exitCode, message) => {
    const { run } = await prepare();
    const done = await run(args);
    expect(done.exitCode).toBe(exitCode);
    expect(done.error).toMatch(message);
  });
});
