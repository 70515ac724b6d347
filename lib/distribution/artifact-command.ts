import { type Artifact, artifactPath } from '../artifacts/artifact.ts';

type PromotedArtifact = Artifact & { readonly promotedAt: string };

/** Only models have a `current` link, and only once promoted. */
const isPromotedModel = (artifact: Artifact): artifact is PromotedArtifact =>
  artifact.kind === 'model' && artifact.promotedAt !== undefined;

/** How a `pull` or `verify` names its artifact and the place of it on a node. */
const artifactFields = (artifact: Artifact) => ({
  artifactId: artifact.artifactId,
  kind: artifact.kind,
  name: artifact.name,
  version: artifact.version,
  bytes: artifact.bytes,
  path: artifactPath(artifact),
});

export type { PromotedArtifact };
export { artifactFields, isPromotedModel };
