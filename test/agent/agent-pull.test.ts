import { existsSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { prepareAgents } from './agent-fixture.ts';
import { makeArtifact, pullCommand, store, until } from './agent-process.ts';

const MEGABYTE = 1024 * 1024;

describe('a pull by a real agent process', () => {
  it('pulls a promoted model: byte-identical, mode 644, current link, message removed after the report', async () => {
    const { cloud, data, agents, start, hashOf, firstResult } = await prepareAgents();
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
    const { cloud, data, agents, start, hashOf, firstResult } = await prepareAgents();
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

  it('quarantines wrong bytes, fetches once more, then fails for good [sync#13-9] [sync#L10]', async () => {
    const { cloud, data, start, firstResult } = await prepareAgents();
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
    const { cloud, start, hashOf, firstResult } = await prepareAgents();
    const artifact = makeArtifact(20 * MEGABYTE);
    store(cloud, artifact);
    cloud.cutResponses = 3;
    cloud.send(pullCommand(cloud, artifact));
    start();

    expect(await firstResult()).toMatchObject({ outcome: 'succeeded' });
    expect(hashOf('models/hex8_2p/1/m.pth')).toBe(artifact.artifactId);
  });

  it('connects anew when a connection falls silent', async () => {
    const { cloud, start, firstResult } = await prepareAgents();
    const artifact = makeArtifact(3 * MEGABYTE);
    store(cloud, artifact);
    cloud.stallAfterBytes = MEGABYTE;
    cloud.send(pullCommand(cloud, artifact));
    start({ DROVER_STALL_SECONDS: '1' });

    expect(await firstResult()).toMatchObject({ outcome: 'succeeded' });
    expect(cloud.objectRequests.length).toBeGreaterThan(1);
  });

  it('holds a bandwidth cap', async () => {
    const { cloud, start, firstResult } = await prepareAgents();
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
    const { cloud, start, firstResult } = await prepareAgents();
    const artifact = makeArtifact(3 * MEGABYTE);
    store(cloud, artifact);
    cloud.stallAfterBytes = 0;
    cloud.send(pullCommand(cloud, artifact));
    start({ DROVER_STALL_SECONDS: '1' });

    expect(await firstResult()).toMatchObject({ outcome: 'failed', failure: { class: 'stalled' } });
  });

  it('[sync#L11] shares one download between two places of the same artifact', async () => {
    const { cloud, agents, start, hashOf } = await prepareAgents();
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
    const { cloud, data, agents, start, hashOf, firstResult } = await prepareAgents();
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
