import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AgentProcess, makeArtifact, pullCommand, startAgent, store, until } from './agent-process.ts';
import { type FakeCloud, startFakeCloud } from './fake-cloud.ts';

const MEGABYTE = 1024 * 1024;

describe('the agent as a process', () => {
  let cloud: FakeCloud;
  let data: string;
  let agents: AgentProcess[];

  beforeEach(async () => {
    cloud = await startFakeCloud();
    data = mkdtempSync(join(tmpdir(), 'drover-agent-'));
    agents = [];
  });

  afterEach(async () => {
    for (const agent of agents) await agent.stop('SIGKILL');
    await cloud.close();
    rmSync(data, { recursive: true, force: true });
  });

  const start = (settings: Readonly<Record<string, string>> = {}): AgentProcess => {
    const agent = startAgent(cloud, data, settings);
    agents.push(agent);
    return agent;
  };
  const hashOf = (path: string): string =>
    createHash('sha256')
      .update(readFileSync(join(data, path)))
      .digest('hex');
  const firstResult = async () => await until('a result', () => cloud.results()[0], agents);
  const heartbeats = () => cloud.reports.filter(({ type }) => type === 'heartbeat');

  it('enrols, beats, reports its inventory, and keeps secrets to itself', async () => {
    const agent = start();
    await until('an inventory', () => cloud.reports.find(({ type }) => type === 'inventory'), agents);
    await until('a heartbeat', () => heartbeats()[0], agents);

    expect(cloud.enrolments[0]).toMatchObject({ joinToken: 'very-secret-token', instanceId: 'i-test' });
    expect(statSync(join(data, '.drover/identity.json')).mode & 0o777).toBe(0o600);
    expect(agent.output()).not.toContain('very-secret');
  });

  it('pulls a promoted model: byte-identical, mode 644, current link, message removed after the report', async () => {
    const artifact = makeArtifact(9 * MEGABYTE);
    store(cloud, artifact);
    cloud.send(pullCommand(cloud, artifact, { current: { promotedAt: '2026-11-20T10:00:00.000Z' } }));
    start();

    expect(await firstResult()).toMatchObject({
      outcome: 'succeeded',
      file: { transferredBytes: 9 * MEGABYTE, currentPromotedAt: '2026-11-20T10:00:00.000Z' },
    });
    expect(hashOf('models/hex8_2p/1/m.pth')).toBe(artifact.artifactId);
    expect(statSync(join(data, 'models/hex8_2p/1/m.pth')).mode & 0o777).toBe(0o644);
    expect(readlinkSync(join(data, 'models/hex8_2p/current'))).toBe('1');
    expect(readdirSync(join(data, 'models/hex8_2p/1'))).toEqual(['m.pth']);
    await until('the message to be removed', () => cloud.queue.length === 0, agents);
  });

  it('resumes after kill -9 in the middle of a transfer, without fetching everything again', async () => {
    const artifact = makeArtifact(64 * MEGABYTE);
    store(cloud, artifact);
    cloud.bytesPerSecond = 16 * MEGABYTE;
    cloud.send(pullCommand(cloud, artifact));
    const first = start();
    const state = join(data, 'models/hex8_2p/1', `.m.pth.${artifact.artifactId.slice(0, 8)}.partial.json`);
    await until('half a transfer', () => existsSync(state), agents);
    await first.stop('SIGKILL');
    cloud.objectRequests.length = 0;
    cloud.bytesPerSecond = undefined;

    start();

    const result = await firstResult();
    expect(result).toMatchObject({ outcome: 'succeeded' });
    expect(hashOf('models/hex8_2p/1/m.pth')).toBe(artifact.artifactId);
    const fetched = cloud.objectRequests.reduce((sum, { bytesSent }) => sum + bytesSent, 0);
    expect(fetched).toBeLessThan(64 * MEGABYTE - 15 * MEGABYTE);
    expect(cloud.enrolments[1]).toMatchObject({ nodeId: cloud.nodeId, nodeSecret: 'very-secret-node' });
    const seqs = cloud.reports.map(({ seq }) => seq);
    expect(new Set(seqs).size).toBe(seqs.length);
  });

  it('answers a redelivered command from the journal, also after a restart', async () => {
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

  it('quarantines wrong bytes, fetches once more, then fails for good [sync#13-9] [sync#L10]', async () => {
    const artifact = makeArtifact(6 * MEGABYTE);
    const flipped = Buffer.from(artifact.content);
    flipped.writeUInt8(flipped.readUInt8(5_000_000) ^ 1, 5_000_000);
    cloud.objects.set(`artifacts/${artifact.artifactId}`, flipped);
    cloud.send(pullCommand(cloud, artifact));
    start();

    expect(await firstResult()).toMatchObject({ outcome: 'failed', failure: { class: 'checksum-mismatch' } });
    const fetched = cloud.objectRequests.reduce((sum, { bytesSent }) => sum + bytesSent, 0);
    expect(fetched).toBe(2 * flipped.length);
    const quarantine = join(data, '.drover/quarantine');
    const folders = readdirSync(quarantine);
    expect(folders).toHaveLength(2);
    expect(JSON.parse(readFileSync(join(quarantine, folders[0] ?? '', 'reason.json'), 'utf8'))).toMatchObject(
      {
        class: 'checksum-mismatch',
        artifactId: artifact.artifactId,
      },
    );
    expect(readdirSync(join(data, 'models/hex8_2p/1'))).toEqual([]);
  });

  it('goes on after cut connections', async () => {
    const artifact = makeArtifact(20 * MEGABYTE);
    store(cloud, artifact);
    cloud.cutResponses = 3;
    cloud.send(pullCommand(cloud, artifact));
    start();

    expect(await firstResult()).toMatchObject({ outcome: 'succeeded' });
    expect(hashOf('models/hex8_2p/1/m.pth')).toBe(artifact.artifactId);
  });

  it('connects anew when a connection falls silent', async () => {
    const artifact = makeArtifact(3 * MEGABYTE);
    store(cloud, artifact);
    cloud.stallAfterBytes = MEGABYTE;
    cloud.send(pullCommand(cloud, artifact));
    start({ DROVER_STALL_SECONDS: '1' });

    expect(await firstResult()).toMatchObject({ outcome: 'succeeded' });
    expect(cloud.objectRequests.length).toBeGreaterThan(1);
  });

  it('holds a bandwidth cap', async () => {
    const artifact = makeArtifact(2 * MEGABYTE);
    store(cloud, artifact);
    cloud.send(pullCommand(cloud, artifact, { bandwidthBytesPerSecond: MEGABYTE }));
    start();

    const result = await firstResult();
    const seconds = result.outcome === 'succeeded' ? result.file?.durationSeconds : undefined;
    // A quarter of a second's worth may come at once.
    expect(seconds).toBeGreaterThan(1.5);
  });

  it('calls a transfer without a byte stalled', async () => {
    const artifact = makeArtifact(3 * MEGABYTE);
    store(cloud, artifact);
    cloud.stallAfterBytes = 0;
    cloud.send(pullCommand(cloud, artifact));
    start({ DROVER_STALL_SECONDS: '1' });

    expect(await firstResult()).toMatchObject({ outcome: 'failed', failure: { class: 'stalled' } });
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
    const artifact = makeArtifact(2000);
    cloud.objects.set('artifacts/other', artifact.content);
    cloud.send(pullCommand(cloud, artifact, change));
    start();

    expect(await firstResult()).toMatchObject({ outcome: 'failed', failure: { class: failure } });
    await until('the message to be removed', () => cloud.queue.length === 0, agents);
  });

  it('leaves a message that is no command to go to the dead-letter queue', async () => {
    cloud.send({ hello: 'world' });
    const agent = start();
    await until('the message to be hidden', () => cloud.hides[0], agents);

    expect(cloud.hides[0]?.seconds).toBe(5);
    expect(cloud.queue).toHaveLength(1);
    expect(agent.output()).toContain('no command id');
  });

  it('sends a result again until the queue takes it, and removes the message only then', async () => {
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
    const agent = start();
    await until('a heartbeat', () => heartbeats()[0], agents);
    agent.child.stdin?.end();
    await until('the end', () => agent.child.exitCode !== null, agents);
    expect(agent.child.exitCode).toBe(0);
  });

  it('refuses a data folder that another agent uses, and takes over the lock of a dead one', async () => {
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
    cloud.refuse = { status: 503, body: { error: 'unavailable', message: 'later', retryable: true } };
    const agent = start();
    await until('some tries', () => cloud.enrolments.length >= 2, agents);
    cloud.refuse = undefined;
    await until('a heartbeat', () => heartbeats()[0], agents, 30);
    expect(agent.output()).toContain('unavailable');
  }, 60_000);

  it('[sync#L11] shares one download between two places of the same artifact', async () => {
    const artifact = makeArtifact(8 * MEGABYTE);
    store(cloud, artifact);
    cloud.send(pullCommand(cloud, artifact));
    cloud.send(
      pullCommand(cloud, artifact, { commandId: 'c-2', version: '2', path: 'models/hex8_2p/2/m.pth' }),
    );
    start();
    await until('two results', () => cloud.results().length === 2, agents);

    expect(cloud.results().map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded']);
    expect(hashOf('models/hex8_2p/2/m.pth')).toBe(artifact.artifactId);
    expect(cloud.objectRequests.reduce((sum, { bytesSent }) => sum + bytesSent, 0)).toBe(8 * MEGABYTE);
  });

  it('keeps what it replaces: a wrong file at the path goes to quarantine', async () => {
    const artifact = makeArtifact(2000);
    store(cloud, artifact);
    const command = pullCommand(cloud, artifact);
    cloud.send(command);
    start();
    await firstResult();
    writeFileSync(join(data, 'models/hex8_2p/1/m.pth'), 'changed by somebody');

    cloud.send({ ...command, attempt: 2 });

    await until('a second result', () => cloud.results()[1], agents);
    expect(hashOf('models/hex8_2p/1/m.pth')).toBe(artifact.artifactId);
    const [folder = ''] = readdirSync(join(data, '.drover/quarantine'));
    expect(readFileSync(join(data, '.drover/quarantine', folder, 'm.pth'), 'utf8')).toBe(
      'changed by somebody',
    );
  });
});
