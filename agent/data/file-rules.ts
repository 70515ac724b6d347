import type { Claim, NodeConfiguration } from '../../lib/commands/node-configuration.ts';
import { compileGlobs, type GlobPlaces } from './file-globs.ts';

/** What the node's configuration says of a file, by its absolute path. */
interface FileRules {
  /** Of the configuration that they are made from. */
  readonly digest: string | undefined;
  readonly hasClaims: boolean;
  /** Some claims are brought by the agent itself, not only by a flush. */
  readonly hasWatches: boolean;
  /** The first claim that matches. A claim wins over an ignore glob: what is named as data is never taken for nothing. */
  claimOf(path: string): Claim | undefined;
  isIgnored(path: string): boolean;
  /** Folders in which nothing is to be found: all of it is ignored, and no claim reaches into it. */
  skips(folder: string): boolean;
  /** False when no file below `folder` can be watched. */
  mayWatchBelow(folder: string): boolean;
}

const compileRules = (configuration: NodeConfiguration | undefined, places: GlobPlaces): FileRules => {
  const { claim = [], ignore = [] } = configuration ?? {};
  const claims = claim.map((one) => ({ claim: one, globs: compileGlobs([one.glob], places) }));
  const ignored = compileGlobs(ignore, places);
  const watches = claims.filter(({ claim: { watch } }) => watch === true);
  const claimOf = (path: string): Claim | undefined => claims.find(({ globs }) => globs.matches(path))?.claim;
  return {
    digest: configuration?.digest,
    hasClaims: claim.length > 0,
    hasWatches: watches.length > 0,
    claimOf,
    isIgnored: (path) => claimOf(path) === undefined && ignored.matches(path),
    skips: (folder) =>
      ignored.coversAllOf(folder) && !claims.some(({ globs }) => globs.mayMatchBelow(folder)),
    mayWatchBelow: (folder) => watches.some(({ globs }) => globs.mayMatchBelow(folder)),
  };
};

export type { FileRules };
export { compileRules };
