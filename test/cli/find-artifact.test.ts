import { describe, expect, it } from 'vitest';
import { findArtifact } from '../../cli/find-artifact.ts';
import { createMemoryArtifactStore } from '../../lib/artifacts/memory-artifact-store.ts';
import { artifactId, sampleArtifact } from './support/samples.ts';

const prepare = async () => {
  const artifacts = createMemoryArtifactStore();
  await artifacts.register(sampleArtifact());
  await artifacts.register(sampleArtifact({ artifactId: 'cd'.repeat(32), version: '13' }));
  return artifacts;
};

describe('findArtifact', () => {
  it.each([artifactId, artifactId.slice(0, 12), 'hex8_2p@12'])('finds %s', async (reference) => {
    expect((await findArtifact(await prepare(), reference)).artifactId).toBe(artifactId);
  });

  it.each([
    ['ef'.repeat(32), /there is no artifact ef/],
    ['nobody@1', /no artifact named "nobody"/],
    ['hex8_2p@99', /there is no hex8_2p@99; newest first: .*hex8_2p@1[23]/],
    ['hex8_2p', /which version of "hex8_2p"\?/],
  ])('says what is wrong with %s', async (reference, message) => {
    await expect(findArtifact(await prepare(), reference)).rejects.toThrow(message);
  });

  it('refuses a name and version that two kinds share', async () => {
    const artifacts = await prepare();
    await artifacts.register(sampleArtifact({ artifactId: 'ef'.repeat(32), kind: 'npz' }));
    await expect(findArtifact(artifacts, 'hex8_2p@12')).rejects.toThrow(/say the id/);
  });
});
