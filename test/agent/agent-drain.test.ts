import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../lib/nodes/report.ts';
import { prepareAgents } from './agent-fixture.ts';
import { until } from './agent-process.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const minutes = (count: number): string => new Date(Date.now() + count * 60_000).toISOString();

/** Agents whose data lies in a folder of its own beside the data root, and the commands for them. */
const prepare = async () => {
  const agents = await prepareAgents();
  const { cloud, data } = agents;
  const root = join(data, 'drover');
  const work = join(data, 'work');
  mkdirSync(work, { recursive: true });
  const common = (commandId: string) => ({
    schemaVersion: 1,
    commandId,
    nodeId: cloud.nodeId,
    attempt: 1,
    issuedAt: new Date().toISOString(),
    deadlineAt: minutes(5),
  });
  const reportsOf = <T extends Report['type']>(type: T): Extract<Report, { type: T }>[] =>
    cloud.reports.filter((report): report is Extract<Report, { type: T }> => report.type === type);
  return {
    ...agents,
    work,
    reportsOf,
    start: (settings: Readonly<Record<string, string>> = {}) =>
      agents.start({
        DROVER_DATA: root,
        DROVER_DATA_PATHS: work,
        DROVER_HEARTBEAT_SECONDS: '0.2',
        ...settings,
      }),
    send: (commandId: string, command: object) => cloud.send({ ...common(commandId), ...command }),
    configure: (commandId: string, digest = 'config-1') =>
      cloud.send({
        ...common(commandId),
        type: 'configure',
        configuration: {
          digest,
          claim: [{ glob: join(work, 'games/**'), kind: 'games', name: 'selfplay' }],
          ignore: [join(work, 'scratch/**')],
        },
      }),
    drain: (commandId: string, epoch: number, drainUntil = minutes(10)) =>
      cloud.send({
        ...common(commandId),
        type: 'drain',
        drainId: `d-${epoch}`,
        epoch,
        drainUntil,
        reason: 'idle',
      }),
    resultOf: async (commandId: string) =>
      await until(
        commandId,
        () => cloud.results().find((result) => result.commandId === commandId),
        agents.agents,
      ),
    lastHeartbeat: () => reportsOf('heartbeat').at(-1)?.heartbeat,
  };
};

describe('an agent that is configured, flushes and drains', () => {
  it('keeps its configuration, and looks at its files by it from then on', async () => {
    const { agents, work, start, configure, resultOf, reportsOf, lastHeartbeat } = await prepare();
    const first = start();
    mkdirSync(join(work, 'scratch'));
    mkdirSync(join(work, 'games'));
    await until('a heartbeat', lastHeartbeat, agents);
    expect(lastHeartbeat()).toMatchObject({ unflushedBytes: 0 });
    writeFileSync(join(work, 'games/a.npz'), 'games');
    writeFileSync(join(work, 'scratch/tmp'), 'tmp');
    writeFileSync(join(work, 'notes.txt'), 'notes!');
    configure('c-1');
    expect(await resultOf('c-1')).toMatchObject({ outcome: 'succeeded', configDigest: 'config-1' });

    const { inventory } = await until(
      'an inventory by the configuration',
      () => reportsOf('inventory').find((report) => report.inventory.configDigest === 'config-1'),
      agents,
    );
    expect(inventory).toMatchObject({
      count: 1,
      unclaimed: { count: 1, bytes: 6, sample: [{ path: join(work, 'notes.txt'), bytes: 6 }] },
    });
    await until('the claimed bytes', () => lastHeartbeat()?.unflushedBytes === 5, agents);

    await first.stop('SIGTERM');
    const before = reportsOf('heartbeat').length;
    start();
    await until('a heartbeat', () => reportsOf('heartbeat')[before], agents);
    expect(reportsOf('heartbeat')[before]?.heartbeat.configDigest).toBe('config-1');
  });

  it('does not know what is unclaimed when it cannot look everywhere: unknown is not none', async () => {
    const { agents, work, start, reportsOf } = await prepare();
    rmSync(work, { recursive: true });
    start();
    const { inventory } = await until('an inventory', () => reportsOf('inventory')[0], agents);
    expect(inventory).not.toHaveProperty('unclaimed');
  });

  it('flushes what is claimed when it is told to', async () => {
    const { cloud, agents, work, start, configure, send, resultOf, reportsOf, lastHeartbeat } =
      await prepare();
    mkdirSync(join(work, 'games'));
    writeFileSync(join(work, 'games/a.npz'), 'the games');
    start();
    configure('c-1');
    await resultOf('c-1');
    send('c-2', { type: 'flush' });
    expect(await resultOf('c-2')).toMatchObject({ outcome: 'succeeded' });

    expect(cloud.objects.get(`artifacts/${sha256('the games')}`)?.toString()).toBe('the games');
    expect(reportsOf('artifact').map(({ artifact }) => artifact)).toMatchObject([
      { artifactId: sha256('the games'), kind: 'games', name: 'selfplay', fileName: 'a.npz' },
    ]);
    await until('nothing unflushed', () => lastHeartbeat()?.unflushedBytes === 0, agents);
  });

  it('drains in order: flush, hook, inventory, acknowledgement; and beats as acknowledged only then', async () => {
    const { cloud, data, agents, work, start, configure, drain, resultOf, reportsOf } = await prepare();
    const hook = join(data, 'hook-ran');
    mkdirSync(join(work, 'games'));
    writeFileSync(join(work, 'games/a.npz'), 'the games');
    start({ DROVER_PRE_STOP_HOOK: JSON.stringify(['/bin/sh', '-c', `sleep 1; echo hook >> ${hook}`]) });
    configure('c-1');
    await resultOf('c-1');
    const drainUntil = minutes(10);
    drain('c-2', 1, drainUntil);
    const result = await resultOf('c-2');

    const inventory = reportsOf('inventory').findLast((report) => report.inventory.drainEpoch === 1);
    expect(result).toMatchObject({
      outcome: 'succeeded',
      drain: { drainId: 'd-1', epoch: 1, drainUntil, inventoryDigest: inventory?.inventory.digest },
    });
    const order = cloud.reports.map((report) => {
      if (report.type === 'command-result') return report.result.commandId;
      if (report.type === 'inventory') return `inventory ${report.inventory.drainEpoch}`;
      if (report.type !== 'heartbeat') return report.type;
      return `acknowledged ${report.heartbeat.drain?.acknowledged}`;
    });
    expect(order.indexOf('artifact')).toBeLessThan(order.indexOf('inventory 1'));
    expect(order.indexOf('inventory 1')).toBeLessThan(order.indexOf('c-2'));
    expect(order).toContain('acknowledged false');
    expect(order.lastIndexOf('acknowledged false')).toBeGreaterThan(order.indexOf('artifact'));
    await until(
      'an acknowledging heartbeat',
      () => reportsOf('heartbeat').findLast(({ heartbeat }) => heartbeat.drain?.acknowledged),
      agents,
    );
    expect(reportsOf('heartbeat').at(-1)?.heartbeat).toMatchObject({
      mode: 'draining',
      drain: { epoch: 1, drainUntil, acknowledged: true },
      runningCommandIds: [],
    });
    expect(readFileSync(hook, 'utf8')).toBe('hook\n');

    const longer = minutes(20);
    drain('c-3', 1, longer);
    expect(await resultOf('c-3')).toMatchObject({ outcome: 'succeeded', drain: { drainUntil: longer } });
    expect(readFileSync(hook, 'utf8')).toBe('hook\n');
  }, 60_000);

  it('does not acknowledge when the hook fails, and stays drained until it is resumed', async () => {
    const { agents, start, send, drain, resultOf, lastHeartbeat } = await prepare();
    start({ DROVER_PRE_STOP_HOOK: '["/bin/false"]' });
    drain('c-1', 1);
    expect(await resultOf('c-1')).toMatchObject({ outcome: 'failed', failure: { class: 'hook-failed' } });
    await until('a draining heartbeat', () => lastHeartbeat()?.mode === 'draining', agents);
    expect(lastHeartbeat()?.drain?.acknowledged).toBe(false);
    send('c-2', { type: 'flush' });
    expect(await resultOf('c-2')).toMatchObject({ outcome: 'failed', failure: { class: 'draining' } });
    send('c-3', { type: 'resume', drainId: 'd-1', epoch: 1 });
    await resultOf('c-3');
    await until('an active heartbeat', () => lastHeartbeat()?.mode === 'active', agents);
  });

  it('goes on with a drain after a kill in the middle, with the facts of the new run', async () => {
    const { data, agents, start, drain, resultOf } = await prepare();
    const began = join(data, 'hook-began');
    const slow = JSON.stringify(['/bin/sh', '-c', `touch ${began}; sleep 30`]);
    const first = start({ DROVER_PRE_STOP_HOOK: slow, DROVER_BOOT_ID: 'boot-1' });
    drain('c-1', 1);
    await until('the hook', () => existsSync(began), agents);
    await first.stop('SIGKILL');

    start({ DROVER_BOOT_ID: 'boot-2' });
    expect(await resultOf('c-1')).toMatchObject({
      outcome: 'succeeded',
      drain: { epoch: 1, bootId: 'boot-2', inventoryDigest: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  }, 60_000);

  it('acknowledges nothing before the queue has its inventory', async () => {
    const { cloud, agents, start, drain, resultOf, lastHeartbeat } = await prepare();
    const agent = start();
    await until('a heartbeat', lastHeartbeat, agents);
    cloud.reportsAreRefused = true;
    drain('c-1', 1);
    await until('a refused inventory', () => /"type":"inventory"/.test(agent.output()), agents);
    expect(cloud.results()).toEqual([]);
    cloud.reportsAreRefused = false;
    await resultOf('c-1');
    const types = cloud.reports.map(({ type }) => type);
    expect(types.lastIndexOf('inventory')).toBeLessThan(types.indexOf('command-result'));
  }, 60_000);
});
