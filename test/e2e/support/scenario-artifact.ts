import { createHash, randomUUID } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { type Artifact, artifactKey } from '../../../lib/artifacts/artifact.ts';
import type { Operator } from './operator.ts';

interface PublishedArtifact {
  readonly artifact: Artifact;
  readonly bytes: string;
}

/** A registered model of a few random bytes, with its object, as `artifacts publish` leaves it. */
const publishModel = async ({ profile, clients, stores }: Operator): Promise<PublishedArtifact> => {
  const bytes = randomUUID();
  const digest = createHash('sha256').update(bytes).digest();
  const artifactId = digest.toString('hex');
  const key = artifactKey(artifactId);
  await clients.s3.send(new PutObjectCommand({ Bucket: profile.artifactBucket, Key: key, Body: bytes }));
  const now = new Date().toISOString();
  const { artifact } = await stores.artifacts.register({
    artifactId,
    kind: 'model',
    name: 'hex8_2p',
    version: bytes,
    fileName: 'model.pth',
    bytes: bytes.length,
    labels: {},
    registeredAt: now,
    registeredBy: 'scenario',
    storeReplica: { key, verifiedAt: now, checksum: digest.toString('base64') },
    replicaNodeIds: [],
  });
  return { artifact, bytes };
};

export type { PublishedArtifact };
export { publishModel };
