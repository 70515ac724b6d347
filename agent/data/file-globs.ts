import picomatch from 'picomatch';

/** What globs are relative to. Real paths, without symlinks. */
interface GlobPlaces {
  readonly home: string;
  readonly root: string;
}

/** Globs of absolute paths. */
interface FileGlobs {
  matches(path: string): boolean;
  /** True when every file below `folder` matches. It may say false where that is so, and only costs time then. */
  coversAllOf(folder: string): boolean;
  /** False when no file below `folder` can match. */
  mayMatchBelow(folder: string): boolean;
}

const OPTIONS = { dot: true, nonegate: true, flags: 's' };

/** A path that is no pattern, whatever it holds. */
const literal = (path: string): string =>
  path.replace(/\/$/, '').replaceAll(/[\\*?[\]{}()!+@|,^$"']/g, '\\$&');

/** `~` is the home folder; what is neither that nor absolute lies under the data root. */
const absoluteGlob = (glob: string, { home, root }: GlobPlaces): string => {
  if (glob === '~' || glob.startsWith('~/')) return `${literal(home)}${glob.slice(1)}`;
  return glob.startsWith('/') ? glob : `${literal(root)}/${glob.replace(/^(?:\.\/)+/, '')}`;
};

/** Whether `path` is `folder` or lies below it. */
const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder === '/' ? folder : `${folder}/`);

const ALL_BELOW = '/**';

const compileGlobs = (globs: readonly string[], places: GlobPlaces): FileGlobs => {
  const absolute = globs.map((glob) => absoluteGlob(glob, places));
  const matchers = absolute.map((glob) => picomatch(glob, OPTIONS));
  // Such a glob matches the folder that it names and all below: what it matches has only matches below.
  const wholeFolders = absolute
    .filter((glob) => glob.endsWith(ALL_BELOW))
    .map((glob) => picomatch(glob, OPTIONS));
  const bases = absolute.map((glob) => picomatch.scan(glob, { ...OPTIONS, unescape: true }).base || '/');
  return {
    matches: (path) => matchers.some((isMatch) => isMatch(path)),
    coversAllOf: (folder) => wholeFolders.some((isMatch) => isMatch(folder)),
    mayMatchBelow: (folder) => bases.some((base) => isWithin(base, folder) || isWithin(folder, base)),
  };
};

export type { FileGlobs, GlobPlaces };
export { compileGlobs, isWithin };
