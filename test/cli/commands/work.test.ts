import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { defaultFleetConfig } from '../../../lib/config/fleet-config.ts';
import { workItemSchema } from '../../../lib/work/work-item.ts';
import { failItem, leaseItem, startItem } from '../../../lib/work/work-steps.ts';
import { makeConfig, makeItem, makeWorker, nodeIdOf, workIdOf } from '../../work/work-fixture.ts';
import { createTestInstallation, OPERATOR } from '../support/test-installation.ts';

const NOW = new Date('2026-11-23T12:00:00.000Z');
const clock = { now: () => NOW };
const listed = z.object({ work: z.array(workItemSchema) });
const shown = z.object({ work: workItemSchema });

const prepare = async () => {
  const installation = createTestInstallation();
  const { stores } = installation;
  const work = makeConfig({ campaigns: { hex8: { mix: [{ template: 'selfplay', share: 1 }] } } });
  await stores.config.put(
    {
      version: 1,
      appliedAt: NOW.toISOString(),
      appliedBy: 'somebody',
      reason: 'test',
      config: { ...defaultFleetConfig(), work },
    },
    0,
  );
  const run = (...args: string[]) => installation.run(args, { clock });
  const readJson = async <Schema extends z.ZodType>(
    schema: Schema,
    ...args: string[]
  ): Promise<z.infer<Schema>> => {
    const { exitCode, out, error } = await run(...args, '--json');
    if (exitCode !== 0) throw new Error(error);
    return schema.parse(JSON.parse(out));
  };
  return { ...installation, run, readJson };
};

describe('drover work submit', () => {
  it('makes jobs whose parameters are of the types of the template, and says so', async () => {
    const { readJson, stores } = await prepare();
    const { work } = await readJson(
      listed,
      'work',
      'submit',
      'selfplay',
      '--param',
      'games=7',
      '--campaign',
      'hex8',
      '--urgent',
      '--count',
      '2',
    );
    expect(work).toHaveLength(2);
    expect(work[0]).toMatchObject({
      parameters: { games: 7 },
      campaignId: 'hex8',
      lane: 'urgent',
      status: 'pending',
      createdBy: OPERATOR,
    });
    expect(stores.publisher.published.map(({ name }) => name)).toEqual(['WorkSubmitted', 'WorkSubmitted']);
    expect(await stores.audit.listByAction('submit-work', 9)).toMatchObject([
      { evidence: { template: 'selfplay', parameters: { games: 7 }, count: 2 } },
    ]);
  });

  it('lets a job wait for another', async () => {
    const { readJson } = await prepare();
    const {
      work: [first],
    } = await readJson(listed, 'work', 'submit', 'selfplay');
    const {
      work: [second],
    } = await readJson(listed, 'work', 'submit', 'selfplay', '--depends-on', first?.workId ?? '');
    expect(second).toMatchObject({ status: 'blocked', waitsFor: [first?.workId] });
  });

  it.each([
    [['play'], 'no job template "play": it has selfplay, training'],
    [['selfplay', '--param', 'games=many'], 'the parameter games must be'],
    [['selfplay', '--param', 'game=1'], 'the template has no parameter "game": it takes games'],
    [['selfplay', '--param', 'games=1', '--param', 'games=2'], '--param games is given twice'],
    [['selfplay', '--param', 'games'], 'write name=value'],
    [['selfplay', '--campaign', 'other'], 'no campaign "other"'],
    [['selfplay', '--depends-on', workIdOf(9)], `depends on ${workIdOf(9)}, which is not there`],
  ])('refuses %j in one sentence', async (args, message) => {
    const { run, stores } = await prepare();
    const { exitCode, error } = await run('work', 'submit', ...args);
    expect(exitCode).not.toBe(0);
    expect(error).toContain(message);
    expect(await stores.work.count('pending')).toMatchObject({ cpu: 0 });
  });
});

describe('drover work list', () => {
  it('shows what is open, the newest first, and other work by its status', async () => {
    const { stores, readJson, run } = await prepare();
    await stores.work.create(makeItem({ workId: workIdOf(1) }));
    await stores.work.create(makeItem({ workId: workIdOf(2), status: 'running', campaignId: 'hex8' }));
    await stores.work.create(makeItem({ workId: workIdOf(3), status: 'failed', campaignId: 'hex8' }));
    const idsOf = async (...args: string[]) =>
      (await readJson(listed, 'work', 'list', ...args)).work.map(({ workId }) => workId).sort();
    expect(await idsOf()).toEqual([workIdOf(1), workIdOf(2)]);
    expect(await idsOf('--status', 'failed')).toEqual([workIdOf(3)]);
    expect(await idsOf('--campaign', 'hex8')).toEqual([workIdOf(2)]);
    expect((await run('work', 'list')).out).toContain(workIdOf(1));
    expect((await run('work', 'list', '--status', 'blocked')).out).toContain('drover work submit');
  });
});

describe('drover work show', () => {
  it('says why a job waits, node by node', async () => {
    const { stores, run } = await prepare();
    await stores.work.create(makeItem());
    await stores.nodes.create(makeWorker(1));
    await stores.nodes.create(makeWorker(2, { lifecycle: 'draining' }));
    const { out } = await run('work', 'show', workIdOf(1));
    expect(out).toContain('no node takes it; others: 1 stale-heartbeat, 1 draining');
  });

  it('shows failures and the end of the log', async () => {
    const { stores, run } = await prepare();
    const running = startItem(
      leaseItem(makeItem(), { token: 't-1', nodeId: nodeIdOf(1) }, NOW),
      NOW.toISOString(),
    );
    await stores.work.create(failItem(running, { class: 'permanent', message: 'no such file' }, NOW));
    await stores.work.putDetails(workIdOf(1), {
      token: 't-1',
      at: NOW.toISOString(),
      logTail: 'opening\nno such file\n',
      outputs: [],
    });
    const { out } = await run('work', 'show', workIdOf(1));
    expect(out).toContain('permanent: no such file');
    expect(out).toContain('opening\nno such file');
  });

  it('says that there is no such work', async () => {
    const { run } = await prepare();
    expect((await run('work', 'show', workIdOf(9))).error).toContain(`there is no work ${workIdOf(9)}`);
  });
});

describe('drover work cancel', () => {
  it('ends what waits at once', async () => {
    const { stores, readJson } = await prepare();
    await stores.work.create(makeItem());
    const { work } = await readJson(shown, 'work', 'cancel', workIdOf(1), '--reason', 'wrong data');
    expect(work).toMatchObject({ status: 'cancelled', endReason: 'wrong data', cancelRequestedBy: OPERATOR });
    expect(stores.publisher.published.map(({ name }) => name)).toEqual(['WorkCancelled']);
  });

  it('tells the node of what runs, and lets it run until the node says so', async () => {
    const { stores, readJson } = await prepare();
    await stores.work.create(leaseItem(makeItem(), { token: 't-1', nodeId: nodeIdOf(1) }, NOW));
    const { work } = await readJson(shown, 'work', 'cancel', workIdOf(1), '--reason', 'wrong data');
    expect(work).toMatchObject({ status: 'leased', cancelRequestedBy: OPERATOR });
    expect(stores.sender.sent).toMatchObject([{ type: 'cancel', token: 't-1', nodeId: nodeIdOf(1) }]);
  });

  it('refuses what ended', async () => {
    const { stores, run } = await prepare();
    await stores.work.create(makeItem({ status: 'succeeded' }));
    const { error } = await run('work', 'cancel', workIdOf(1), '--reason', 'x');
    expect(error).toContain('is succeeded already');
  });
});

describe('drover work retry', () => {
  it('lets failed work wait again, with its history and more attempts', async () => {
    const { stores, readJson } = await prepare();
    await stores.work.create(
      makeItem({ status: 'failed', attempts: 3, endedAt: NOW.toISOString(), returns: 4 }),
    );
    const { work } = await readJson(shown, 'work', 'retry', workIdOf(1), '--attempts', '2');
    expect(work).toMatchObject({ status: 'pending', attempts: 3, maxAttempts: 5, returns: 0 });
    expect(work).not.toHaveProperty('endedAt');
  });

  it('refuses what did not fail', async () => {
    const { stores, run } = await prepare();
    await stores.work.create(makeItem({ status: 'running' }));
    expect((await run('work', 'retry', workIdOf(1))).error).toContain('only what failed or was cancelled');
  });
});
