import { describe, expect, it } from 'vitest';
import { recordRot } from '../../lib/replication/record-rot.ts';
import { makeDelivery, nodeIdOf, START } from '../distribution/fixtures.ts';
import { at, inStore, makeInstallation, onNodes } from './fixtures.ts';

const node = nodeIdOf(1);
const reportOf = (artifactId: string) => ({
  reportId: '6f2f6f44-0d1c-4b2e-9a55-000000000001',
  nodeId: node,
  rot: { artifactId, path: 'models/a/12/m.pth', bytes: 10 },
});

describe('recordRot', () => {
  it('drops the copy, and delivers again what was delivered', async () => {
    const artifact = inStore('a', 1);
    const { fleet } = await makeInstallation([], [artifact]);
    await fleet.deliveries.create(
      makeDelivery({ artifactId: artifact.artifactId, nodeId: node, state: 'verified', verifiedAt: at(0) }),
    );

    await recordRot(fleet, reportOf(artifact.artifactId), START);
    await recordRot(fleet, reportOf(artifact.artifactId), START);

    expect((await fleet.artifacts.get(artifact.artifactId))?.replicaNodeIds).toEqual([]);
    expect(await fleet.deliveries.get(artifact.artifactId, node)).toMatchObject({ state: 'pending' });
    expect(await fleet.audit.listBySubject(`artifact:${artifact.artifactId}`, 10)).toMatchObject([
      { action: 'drop-rotten-copy', actor: node },
    ]);
  });

  it('drops the last copy, too: it is a fact', async () => {
    const artifact = onNodes('a', 1);
    const { fleet } = await makeInstallation([], [artifact]);
    await recordRot(fleet, reportOf(artifact.artifactId), START);
    expect(await fleet.artifacts.getMarked(artifact.artifactId)).toMatchObject({
      artifact: { replicaNodeIds: [] },
      mark: { state: 'changed' },
    });
  });

  it('knows nothing of a file that is no artifact', async () => {
    const { fleet } = await makeInstallation([], []);
    await recordRot(fleet, reportOf(inStore('a').artifactId), START);
    expect(await fleet.audit.listBySubject(`artifact:${inStore('a').artifactId}`, 10)).toEqual([]);
  });
});
