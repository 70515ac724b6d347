import { describe, expect, it } from 'vitest';
import { artifactId, nodeIdOf, sampleArtifact, sampleDistribution, sampleNode } from '../support/samples.ts';
import { createTestInstallation, OPERATOR } from '../support/test-installation.ts';

const prepare = async () => {
  const installation = createTestInstallation();
  await installation.stores.artifacts.register(sampleArtifact());
  await installation.stores.nodes.create(sampleNode(1));
  await installation.stores.nodes.create(sampleNode(2, { heartbeat: undefined, heartbeatAt: undefined }));
  return installation;
};

const promote = ['models', 'promote', 'hex8_2p@12'];

describe('drover models promote', () => {
  it('says first how much travels where and who is skipped, then sends one event and audits [sync#13-13]', async () => {
    const { run, stores } = await prepare();
    const done = await run(promote);
    expect(done.exitCode).toBe(0);
    expect(done.error).toMatch(/200 MB will travel: 200 MB to 1 node; 0 hold it already/);
    expect(done.error).toContain(`${nodeIdOf(2)}  heartbeat-unknown`);
    expect(stores.publisher.published).toMatchObject([{ name: 'ModelPromoted', fields: { artifactId } }]);
    expect(await stores.audit.listByAction('promote-model', 5)).toMatchObject([
      { actor: OPERATOR, subject: `artifact:${artifactId}` },
    ]);
  });

  it('sends nothing when the person on the terminal says no', async () => {
    const { run, stores } = await prepare();
    const done = await run(promote, { interactive: true, confirm: async () => false });
    expect(done.exitCode).toBe(1);
    expect(stores.publisher.published).toEqual([]);
  });

  it.each([
    ['completed', 0],
    ['incomplete', 1],
  ] as const)('with --wait answers %s by %i', async (state, exitCode) => {
    const { run, stores } = await prepare();
    const sleep = async (): Promise<void> => {
      const eventId = stores.publisher.published[0]?.eventId ?? '';
      await stores.distributions.create(sampleDistribution({ eventId }));
      const at = new Date('2026-11-23T12:04:00.000Z');
      if (state === 'completed') await stores.distributions.complete('d-1', at);
      else await stores.distributions.giveUp('d-1', 0, at);
    };
    const done = await run([...promote, '--wait'], { sleep });
    expect(done.out).toContain(state);
    expect(done.exitCode).toBe(exitCode);
  });

  it('with --wait stops at once when too many targets failed for good, and answers 1', async () => {
    const { run, stores } = await prepare();
    let polls = 0;
    const sleep = async (): Promise<void> => {
      polls += 1;
      const eventId = stores.publisher.published[0]?.eventId ?? '';
      const failedNodes = { [nodeIdOf(1)]: 'too-small: no model' };
      const targetNodeIds = [nodeIdOf(1)];
      await stores.distributions.create(
        sampleDistribution({ eventId, targetNodeIds, verifiedNodeIds: [], requiredVerified: 1, failedNodes }),
      );
    };
    const done = await run([...promote, '--wait'], { sleep });
    expect(done.exitCode).toBe(1);
    expect(polls).toBe(1);
    expect(done.out).toMatch(/cannot complete.*too-small/s);
  });

  it('says that more verified nodes than there are eligible ones cannot be asked for', async () => {
    const { run } = await prepare();
    expect((await run([...promote, '--min-verified', '99'])).error).toContain('no 99 eligible nodes');
  });

  it('with --wait says that nothing started, and answers 1', async () => {
    const { run } = await prepare();
    const done = await run([...promote, '--wait'], { signal: AbortSignal.abort() });
    expect(done.exitCode).toBe(1);
    expect(done.out).toContain('drover dlq show distribution');
  });

  it.each([
    ['something that is no model', { kind: 'npz' as const }, /of kind npz/],
    ['a model without a verified copy', { storeReplica: undefined }, /no verified copy/],
  ])('refuses %s', async (_title, changes, message) => {
    const { run, stores } = createTestInstallation();
    await stores.artifacts.register(sampleArtifact(changes));
    const done = await run(promote);
    expect(done.exitCode).toBe(1);
    expect(done.error).toMatch(message);
    expect(stores.publisher.published).toEqual([]);
  });
});
