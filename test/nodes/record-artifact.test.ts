import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { compositeChecksum } from '../../lib/artifacts/hash-stream.ts';
import { PermanentError } from '../../lib/errors.ts';
import { parseReport } from '../../lib/nodes/parse-report.ts';
import { recordReport } from '../../lib/nodes/record-report.ts';
import { at, makeNode, NODE_ID } from './fixtures.ts';
import { createReportInstallation, reportEnvelope, sha256 } from './installation.ts';

const bytes = Buffer.from('games of a night');
const artifactId = sha256(bytes);
const artifact = {
  artifactId,
  kind: 'games',
  name: 'hex8_2p',
  version: artifactId.slice(0, 12),
  fileName: 'night.games',
  bytes: bytes.length,
};
const report = (overrides: object = {}, seq = 1) =>
  parseReport({ ...reportEnvelope(seq), type: 'artifact', artifact: { ...artifact, ...overrides } });

/** A node that has brought its bytes into the store. */
const prepare = async () => {
  const installation = createReportInstallation();
  await installation.ports.nodes.create(makeNode());
  installation.objects.set(`artifacts/${artifactId}`, bytes);
  return installation;
};

describe('a report of an upload', () => {
  it('registers the artifact under the name of its claim, once, with its store replica', async () => {
    const { ports, published } = await prepare();
    await recordReport(ports, report({ labels: { run: '7' } }), at(10));
    await recordReport(ports, report({ labels: { run: '7' } }, 2), at(20));

    expect(await ports.artifacts.get(artifactId)).toMatchObject({
      ...artifact,
      labels: { run: '7' },
      registeredBy: NODE_ID,
      storeReplica: { key: `artifacts/${artifactId}` },
    });
    expect(new Set(published.map(({ eventId }) => eventId)).size).toBe(1);
    expect(published[0]).toMatchObject({ name: 'ArtifactRegistered', fields: { artifactId } });
  });

  it('cannot give another meaning to bytes that are registered', async () => {
    const { ports } = await prepare();
    await recordReport(ports, report(), at(10));
    await recordReport(ports, report({ kind: 'model', name: 'stolen' }, 2), at(20));
    expect(await ports.artifacts.get(artifactId)).toMatchObject({ kind: 'games', name: 'hex8_2p' });
  });

  it('is refused when the store does not have the bytes', async () => {
    const { ports, objects } = await prepare();
    objects.clear();
    const refused = recordReport(ports, report(), at(10));
    await expect(refused).rejects.toThrow(PermanentError);
    await expect(refused).rejects.toThrow(/is not in the store/);
    expect(await ports.artifacts.get(artifactId)).toBeUndefined();
  });

  it('is refused when the store has other bytes there', async () => {
    const { ports, objects } = await prepare();
    objects.set(`artifacts/${artifactId}`, Buffer.from('GAMES of a night'));
    await expect(recordReport(ports, report(), at(10))).rejects.toThrow(PermanentError);
  });

  it('is refused when the version means other bytes', async () => {
    const { ports } = await prepare();
    await ports.artifacts.register({
      ...artifact,
      artifactId: 'f'.repeat(64),
      kind: 'games',
      labels: {},
      registeredAt: '2026-01-01T00:00:00.000Z',
      registeredBy: 'someone',
      replicaNodeIds: [],
    });
    const refused = recordReport(ports, report(), at(10));
    await expect(refused).rejects.toThrow(PermanentError);
    await expect(refused).rejects.toThrow(/registered with other bytes/);
  });

  it.each([
    ["another artifact's version", { version: '13' }],
    ['a name that is a path', { name: '../hex8_2p' }],
    ['a file name that is a path', { fileName: 'a/b' }],
    ['one part', { parts: { partBytes: 5, partDigests: ['A'.repeat(43)] } }],
  ])('is malformed with %s', (_what, overrides) => {
    expect(() => report(overrides)).toThrow(/malformed report: artifact/);
  });

  it('compares what was sent in parts with the composite of the store', async () => {
    const { ports } = await prepare();
    const digest = (part: Buffer): string => createHash('sha256').update(part).digest('base64');
    const partDigests = [digest(bytes.subarray(0, 10)), digest(bytes.subarray(10))];
    const stored = { bytes: bytes.length, checksumSha256: compositeChecksum(partDigests) };
    const inParts = { ...ports, objects: { describe: async () => stored } };

    await recordReport(inParts, report({ parts: { partBytes: 10, partDigests } }), at(10));
    expect((await ports.artifacts.get(artifactId))?.storeReplica?.partBytes).toBe(10);

    const wrong = report({ parts: { partBytes: 10, partDigests: partDigests.toReversed() } }, 2);
    await expect(recordReport(inParts, wrong, at(20))).rejects.toThrow(PermanentError);
  });
});
