import type { SourceFile, Violation } from './source-file.ts';

/** The files on a cycle that the walk from `path` closes, or undefined when there is none that was not seen before. */
const findCycle = (
  path: string,
  edges: ReadonlyMap<string, readonly string[]>,
  done: Set<string>,
  trail: readonly string[],
): readonly string[] | undefined => {
  const start = trail.indexOf(path);
  if (start >= 0) {
    return [...trail.slice(start), path];
  }
  if (done.has(path)) {
    return undefined;
  }
  for (const next of edges.get(path) ?? []) {
    const cycle = findCycle(next, edges, done, [...trail, path]);
    if (cycle !== undefined) {
      return cycle;
    }
  }
  done.add(path);
  return undefined;
};

/** No file imports itself through others, not even for types: two files that need each other are one, or want a third. */
const checkCycles = (files: readonly SourceFile[]): Violation[] => {
  const edges = new Map(
    files.map((file) => [file.path, file.imports.flatMap(({ path }) => (path === undefined ? [] : [path]))]),
  );
  const done = new Set<string>();
  for (const { path } of files) {
    const cycle = findCycle(path, edges, done, []);
    if (cycle !== undefined) {
      return [
        {
          rule: 'cycles',
          path,
          line: 1,
          message: `import cycle ${cycle.join(' → ')}: move what both need into a file of its own`,
        },
      ];
    }
  }
  return [];
};

export { checkCycles };
