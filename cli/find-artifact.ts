import type { Artifact } from '../lib/artifacts/artifact.ts';
import type { ArtifactStore } from '../lib/artifacts/artifact-store.ts';
import { PermanentError } from '../lib/errors.ts';
import { artifactIdSchema } from '../lib/ids.ts';

const versionsOf = (artifacts: readonly Artifact[]): string =>
  artifacts
    .slice(0, 5)
    .map(({ name, version }) => `${name}@${version}`)
    .join(', ');

/** As many digits as the lists show. */
const ID_START = /^[0-9a-f]{12,63}$/;
/** The newest artifacts that a shortened id is looked for in: as many as `artifacts list` can show. */
const MAX_SEARCHED = 1000;

const findByStart = async (
  artifacts: Pick<ArtifactStore, 'list'>,
  reference: string,
): Promise<Artifact | undefined> => {
  if (!ID_START.test(reference)) return undefined;
  const listed = await artifacts.list({ limit: MAX_SEARCHED });
  const matches = listed.filter(({ artifactId }) => artifactId.startsWith(reference));
  if (matches.length > 1)
    throw new PermanentError(`${reference} is the start of ${matches.length} ids: say more of it`);
  return matches[0];
};

/**
 * An artifact by what people type: its id, the start of it as the lists show it, or `name@version`.
 * @throws PermanentError when there is none, or more than one of that name and version
 */
const findArtifact = async (
  artifacts: Pick<ArtifactStore, 'get' | 'findByName' | 'list'>,
  reference: string,
): Promise<Artifact> => {
  const id = artifactIdSchema.safeParse(reference);
  if (id.success) {
    const artifact = await artifacts.get(id.data);
    if (artifact) return artifact;
    throw new PermanentError(
      `there is no artifact ${id.data}: \`drover artifacts list\` shows what is published`,
    );
  }
  const byStart = await findByStart(artifacts, reference);
  if (byStart) return byStart;
  const at = reference.lastIndexOf('@');
  const name = at < 0 ? reference : reference.slice(0, at);
  const version = at < 0 ? undefined : reference.slice(at + 1);
  const named = await artifacts.findByName(name);
  if (named.length === 0)
    throw new PermanentError(
      `there is no artifact named "${name}": \`drover artifacts list\` shows what is published`,
    );
  if (version === undefined)
    throw new PermanentError(`which version of "${name}"? Newest first: ${versionsOf(named)}`);
  const [found, second] = named.filter((artifact) => artifact.version === version);
  if (!found) throw new PermanentError(`there is no ${reference}; newest first: ${versionsOf(named)}`);
  if (second)
    throw new PermanentError(
      `${reference} is ${found.kind} ${found.artifactId} and also ${second.kind} ${second.artifactId}: say the id`,
    );
  return found;
};

export { findArtifact };
