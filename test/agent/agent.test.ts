import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { prepareAgents } from './agent-fixture.ts';
import { makeArtifact, pullCommand, store, until } from './agent-process.ts';

const MEGABYTE = 1024 * 1024;

describe('the agent as a process', () => {
  it('enrols, beats, reports its inventory, and keeps secrets to itself', async () => {
    const { cloud, data, agents, start, heartbeats } = await prepareAgents();
    const agent = start();
    await until('an inventory', () => cloud.reports.find(({ type }) => type === 'inventory'), agents);
    await until('a heartbeat', () => heartbeats()[0], agents);

    expect(cloud.enrolments[0]).toMatchObject({ joinToken: 'very-secret-token', instanceId: 'i-test' });
    expect(statSync(join(data, '.drover/identity.json')).mode & 0o777).toBe(0o600);
    expect(agent.output()).not.toContain('very-secret');
  });

  it('answers a redelivered command from the journal, also after a restart', async () => {
    const { cloud, data, agents, start, firstResult } = await prepareAgents();
    const artifact = makeArtifact(MEGABYTE);
    store(cloud, artifact);
    const command = pullCommand(cloud, artifact);
    cloud.send(command);
    const first = start();
    await firstResult();
    await until('the message to be removed', () => cloud.queue.length === 0, agents);
    await first.stop('SIGTERM');
    cloud.objectRequests.length = 0;
    rmSync(join(data, 'models'), { recursive: true });

    start();
    cloud.send(command);

    await until('a second answer', () => cloud.results()[1], agents);
    expect(cloud.results()[1]).toEqual(cloud.results()[0]);
    expect(cloud.objectRequests).toEqual([]);
  });

  it.each([
    { name: 'an unknown type', change: { type: 'dance' }, failure: 'unknown-command' },
    { name: 'a missing field', change: { store: undefined }, failure: 'invalid-command' },
    { name: 'a command for another node', change: { nodeId: 'n-ffffffffffff' }, failure: 'invalid-command' },
    {
      name: 'a passed deadline [sync#L20]',
      change: { deadlineAt: '2026-01-01T00:00:00.000Z' },
      failure: 'deadline-passed',
    },
    { name: 'a path that leaves the data root', change: { path: '../m.pth' }, failure: 'path-refused' },
    { name: 'an object that is not in the store', change: {}, failure: 'not-found' },
    {
      name: 'an object of another size',
      change: { bytes: 1999, store: { bucket: 'b', key: 'artifacts/other' } },
      failure: 'checksum-mismatch',
    },
    { name: 'a model that is too small', change: { bytes: 1023 }, failure: 'too-small' },
  ])('answers $name as failed: $failure', async ({ change, failure }) => {
    const { cloud, agents, start, firstResult } = await prepareAgents();
    const artifact = makeArtifact(2000);
    cloud.objects.set('artifacts/other', artifact.content);
    cloud.send(pullCommand(cloud, artifact, change));
    start();

    expect(await firstResult()).toMatchObject({ outcome: 'failed', failure: { class: failure } });
    await until('the message to be removed', () => cloud.queue.length === 0, agents);
  });

  it('leaves a message that is no command to go to the dead-letter queue', async () => {
    const { cloud, agents, start } = await prepareAgents();
    cloud.send({ hello: 'world' });
    const agent = start();
    await until('the message to be hidden', () => cloud.hides[0], agents);

    expect(cloud.hides[0]?.seconds).toBe(5);
    expect(cloud.queue).toHaveLength(1);
    expect(agent.output()).toContain('no command id');
  });

  it('sends a result again until the queue takes it, and removes the message only then', async () => {
    const { cloud, agents, start, firstResult } = await prepareAgents();
    const artifact = makeArtifact(2000);
    store(cloud, artifact);
    cloud.reportsAreRefused = true;
    cloud.send(pullCommand(cloud, artifact));
    const agent = start();
    await until('a refused report', () => agent.output().includes('sending it again'), agents);
    expect(cloud.queue).toHaveLength(1);

    cloud.reportsAreRefused = false;

    expect(await firstResult()).toMatchObject({ outcome: 'succeeded' });
    await until('the message to be removed', () => cloud.queue.length === 0, agents);
  });

  it('drains: acknowledges, refuses pulls, ignores older epochs, resumes', async () => {
    const { cloud, agents, start } = await prepareAgents();
    const artifact = makeArtifact(2000);
    store(cloud, artifact);
    const common = (commandId: string) => ({
      schemaVersion: 1,
      commandId,
      nodeId: cloud.nodeId,
      attempt: 1,
      issuedAt: new Date().toISOString(),
      deadlineAt: new Date(Date.now() + 60_000).toISOString(),
    });
    const drainUntil = new Date(Date.now() + 600_000).toISOString();
    const drain = (commandId: string, drainId: string, epoch: number) => ({
      ...common(commandId),
      type: 'drain',
      drainId,
      epoch,
      drainUntil,
      reason: 'test',
    });
    const resultOf = async (commandId: string) =>
      await until(commandId, () => cloud.results().find((result) => result.commandId === commandId), agents);
    start();

    cloud.send(drain('c-1', 'd-2', 2));
    expect(await resultOf('c-1')).toMatchObject({
      outcome: 'succeeded',
      drain: { drainId: 'd-2', epoch: 2 },
    });
    cloud.send(drain('c-2', 'd-1', 1));
    expect(await resultOf('c-2')).toMatchObject({ outcome: 'failed', failure: { class: 'invalid-command' } });
    cloud.send(pullCommand(cloud, artifact, { commandId: 'c-3' }));
    expect(await resultOf('c-3')).toMatchObject({ outcome: 'failed', failure: { class: 'draining' } });
    cloud.send({ ...common('c-4'), type: 'resume', drainId: 'd-2', epoch: 2 });
    expect(await resultOf('c-4')).toMatchObject({ outcome: 'succeeded' });
    cloud.send(pullCommand(cloud, artifact, { commandId: 'c-5' }));
    expect(await resultOf('c-5')).toMatchObject({ outcome: 'succeeded' });
  });

  it('on SIGTERM says so, gives back what runs, beats once more and exits within 10 s', async () => {
    const { cloud, data, agents, start } = await prepareAgents();
    const artifact = makeArtifact(64 * MEGABYTE);
    store(cloud, artifact);
    cloud.bytesPerSecond = MEGABYTE;
    cloud.send(pullCommand(cloud, artifact));
    const agent = start();
    await until('a transfer', () => cloud.objectRequests[0], agents);

    const began = Date.now();
    expect(await agent.stop('SIGTERM')).toBe(0);

    expect(Date.now() - began).toBeLessThan(10_000);
    expect(cloud.reports.some(({ type }) => type === 'termination-notice')).toBe(true);
    expect(cloud.reports.at(-1)?.type).toBe('heartbeat');
    expect(cloud.hides.at(-1)?.seconds).toBe(0);
    expect(cloud.results()).toEqual([]);
    expect(existsSync(join(data, '.drover/agent.lock'))).toBe(false);
  });

  it('stops when standard input closes', async () => {
    const { agents, start, heartbeats } = await prepareAgents();
    const agent = start();
    await until('a heartbeat', () => heartbeats()[0], agents);
    agent.child.stdin?.end();
    await until('the end', () => agent.child.exitCode !== null, agents);
    expect(agent.child.exitCode).toBe(0);
  });

  it('refuses a data folder that another agent uses, and takes over the lock of a dead one', async () => {
    const { data, agents, start, heartbeats } = await prepareAgents();
    const first = start();
    await until('a heartbeat', () => heartbeats()[0], agents);
    const second = start();
    await until('the refusal', () => second.child.exitCode !== null, agents);
    expect(second.output()).toContain('another agent');
    await first.stop('SIGKILL');
    expect(existsSync(join(data, '.drover/agent.lock'))).toBe(true);

    start();
    await until('it to run', () => heartbeats().length >= 2, agents);
  });

  it('enrols again when its queue vanished, and gets fresh credentials when AWS calls them expired', async () => {
    const { cloud, agents, start, firstResult, heartbeats } = await prepareAgents();
    start();
    await until('a heartbeat', () => heartbeats()[0], agents);
    cloud.expiredKeys.add('KEY1');
    const artifact = makeArtifact(2000);
    store(cloud, artifact);
    cloud.send(pullCommand(cloud, artifact));
    expect(await firstResult()).toMatchObject({ outcome: 'succeeded' });
    expect(cloud.credentialCalls).toBe(1);

    cloud.queueIsGone = true;
    cloud.send(pullCommand(cloud, artifact, { commandId: 'c-2' }));
    await until('a second enrolment', () => cloud.enrolments[1], agents, 30);
  }, 60_000);

  it('keeps trying when enrolment is refused', async () => {
    const { cloud, agents, start, heartbeats } = await prepareAgents();
    cloud.refuse = { status: 503, body: { error: 'unavailable', message: 'later', retryable: true } };
    const agent = start();
    await until('some tries', () => cloud.enrolments.length >= 2, agents);
    cloud.refuse = undefined;
    await until('a heartbeat', () => heartbeats()[0], agents, 30);
    expect(agent.output()).toContain('unavailable');
  }, 60_000);
});
