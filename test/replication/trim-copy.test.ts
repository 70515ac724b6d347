import { describe, expect, it } from 'vitest';
import { createMemoryAuditStore } from '../../lib/audit/memory-audit-store.ts';
import { createMemoryCommandSender } from '../../lib/commands/memory-command-sender.ts';
import { createMemoryCommandStore } from '../../lib/commands/memory-command-store.ts';
import { createHoldGate } from '../../lib/holds/hold-gate.ts';
import { createMemoryHoldStore } from '../../lib/holds/memory-hold-store.ts';
import { trimCopy } from '../../lib/replication/trim-copy.ts';
import { makeArtifact, nodeIdOf, sha256 } from '../distribution/fixtures.ts';
import { at, inStore, makeHolder, makeInstallation } from './fixtures.ts';

const prepare = async () => {
  const artifact = inStore('a', 1, 2);
  const other = makeArtifact({ artifactId: sha256('b'), name: 'a', version: '13' });
  const { fleet } = await makeInstallation([makeHolder(1), makeHolder(2)], [artifact, other]);
  const sender = createMemoryCommandSender();
  const ports = {
    artifacts: fleet.artifacts,
    nodes: fleet.nodes,
    gate: createHoldGate({ holds: createMemoryHoldStore(), clock: fleet.clock, warn: () => {} }),
    objects: {
      describe: async () => ({
        bytes: artifact.bytes,
        checksumSha256: artifact.storeReplica?.checksum ?? '',
      }),
    },
    bucket: 'bucket',
    commands: createMemoryCommandStore(),
    sender,
    audit: createMemoryAuditStore(),
    clock: fleet.clock,
    actor: 'operator',
  };
  const trim = (nodeIndex: number) => trimCopy(ports, artifact.artifactId, nodeIdOf(nodeIndex), 0);
  const promote = (artifactId: string, seconds: number) =>
    fleet.artifacts.markPromoted(artifactId, at(seconds));
  return { artifact, other, fleet, sender, ports, trim, promote };
};

describe('trimCopy', () => {
  it('has the node delete its copy', async () => {
    const { trim, sender } = await prepare();
    expect(await trim(1)).toBe('trimmed');
    expect(sender.sent).toMatchObject([{ type: 'delete', nodeId: nodeIdOf(1) }]);
  });

  it('keeps what was promoted since the plan was made', async () => {
    const { trim, promote, artifact, other, sender } = await prepare();
    await promote(other.artifactId, 0);
    await promote(artifact.artifactId, 1);
    expect(await trim(1)).toBe('promoted');
    expect(sender.sent).toEqual([]);
  });

  it('keeps what was promoted also while the list of the latest does not know of it', async () => {
    const { trim, ports, promote, artifact } = await prepare();
    await promote(artifact.artifactId, 1);
    Object.assign(ports, { artifacts: { ...ports.artifacts, listPromoted: async () => [] } });
    expect(await trim(1)).toBe('promoted');
  });

  it('takes what another artifact of its name took over from', async () => {
    const { trim, promote, artifact, other } = await prepare();
    await promote(artifact.artifactId, 0);
    await promote(other.artifactId, 1);
    expect(await trim(1)).toBe('trimmed');
  });

  it('keeps the copy of a node that it does not know', async () => {
    const { trim } = await prepare();
    expect(await trim(7)).toBe('unknown-node');
  });
});
