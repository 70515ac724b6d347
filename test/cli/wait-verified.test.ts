import { describe, expect, it } from 'vitest';
import { verifiedState } from '../../cli/wait-verified.ts';
import {
  nodeIdOf,
  sampleArtifact,
  sampleDelivery,
  sampleDistribution,
  sampleNode,
} from './support/samples.ts';

describe('verifiedState', () => {
  it('counts living nodes whose copy is live, and nothing else', () => {
    const artifact = sampleArtifact({ replicaNodeIds: [nodeIdOf(1), nodeIdOf(2), nodeIdOf(9)] });
    const living = [sampleNode(1), sampleNode(2, { revokedAt: '2026-11-23T12:00:00.000Z' }), sampleNode(3)];
    const rows = [sampleDelivery(3, { state: 'verified', attempt: 1 })];
    expect(verifiedState(artifact, living, rows, [])).toEqual({
      verifiedNodeIds: [nodeIdOf(1)],
      missing: [
        { nodeId: nodeIdOf(2), reason: 'revoked' },
        { nodeId: nodeIdOf(3), reason: 'was verified once, but the node no longer reports the file' },
      ],
    });
  });

  it.each([
    [
      'a failed delivery',
      [
        sampleDelivery(1, {
          state: 'failed',
          attempt: 5,
          lastFailure: { class: 'checksum-mismatch', message: 'bad bytes', at: '2026-11-23T12:00:00.000Z' },
        }),
      ],
      [],
      /^failed, last failure checksum-mismatch: bad bytes$/,
    ],
    [
      'a running one',
      [sampleDelivery(1, { state: 'transferring', attempt: 1, bytesDone: 7 })],
      [],
      /^transferring, 7 of 200000000 bytes$/,
    ],
    [
      'a running one without a progress report',
      [sampleDelivery(1, { state: 'transferring', attempt: 1 })],
      [],
      /^transferring, progress unknown$/,
    ],
    [
      'a skipped node',
      [],
      [sampleDistribution({ skippedNodes: { [nodeIdOf(1)]: 'disk-full' } })],
      /^skipped: disk-full$/,
    ],
    ['a node that no distribution meant', [], [sampleDistribution()], /^not a target/],
    ['no distribution at all', [], [], /no distribution was started/],
  ])('gives the reason of %s', (_title, rows, distributions, reason) => {
    const { missing } = verifiedState(sampleArtifact(), [sampleNode(1)], rows, distributions);
    expect(missing).toEqual([{ nodeId: nodeIdOf(1), reason: expect.stringMatching(reason) }]);
  });
});
