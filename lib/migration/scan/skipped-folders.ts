/** Other people's code, and what tools make. */
const VENDORED = new Set([
  'node_modules',
  'site-packages',
  'dist-packages',
  '.venv',
  'venv',
  '.tox',
  '.nox',
  '.eggs',
  '__pypackages__',
  '__pycache__',
  '.git',
  '.hg',
  '.svn',
  '.mypy_cache',
  '.pytest_cache',
  '.ruff_cache',
  '_vendor',
  'vendor',
  'vendored',
  'third_party',
]);
/** A folder with one of these files is an installed Python, whatever it is called. */
const ENVIRONMENT_MARKS = new Set(['pyvenv.cfg', 'conda-meta']);

type SkipReason = 'vendored' | 'archive' | 'tests' | 'excluded';

/** Why a folder is not looked into; undefined: it is. */
const reasonToSkipFolder = (
  name: string,
  inside: readonly string[],
  skipTests: boolean,
): SkipReason | undefined => {
  if (VENDORED.has(name) || inside.some((entry) => ENVIRONMENT_MARKS.has(entry))) return 'vendored';
  if (/^_?archived?s?$/i.test(name)) return 'archive';
  return skipTests && /^tests?$/i.test(name) ? 'tests' : undefined;
};

/** pytest's own conventions. */
const isTestFile = (name: string): boolean => /^(test_.*|.*_test|conftest)\.pyi?$/.test(name);

export type { SkipReason };
export { isTestFile, reasonToSkipFolder };
