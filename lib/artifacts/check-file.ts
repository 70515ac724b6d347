import type { ArtifactKind } from './artifact.ts';
import { MINIMUM_MODEL_BYTES, whyNotModel } from './check-model.ts';
import { whyNotNpz } from './check-npz.ts';

/** Why nodes with their defaults would refuse this file as an artifact of `kind`. Undefined when they take it. */
const whyNodesRefuse = async (
  kind: ArtifactKind,
  { path, bytes }: { readonly path: string; readonly bytes: number },
): Promise<string | undefined> => {
  if (kind === 'model') return whyNotModel(bytes, MINIMUM_MODEL_BYTES);
  if (kind === 'npz') return whyNotNpz(path);
  return undefined;
};

export { whyNodesRefuse };
