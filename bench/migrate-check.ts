import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { checkTree } from '../lib/migration/scan/check-tree.ts';

/**
 * `drover migrate check` over 10,000 Python files beside only reading the same files. A tenth of them uses a replaced module, another tenth
 * only names one in a comment and is parsed for nothing.
 */
const count = Number(process.argv[2] ?? 10_000);
const FILES_PER_FOLDER = 100;
const BODY = Array.from(
  { length: 60 },
  (_, index) =>
    `def step_${index}(rows, *, limit=10):\n    """Does step ${index}."""\n    return [row for row in rows if row.get("id", 0) % ${index + 2} == 0][:limit]\n`,
).join('\n');

const headOf = (index: number): string => {
  if (index % 10 === 0) return 'from app.coordination.cluster_data_sync import get_training_node_watcher\n';
  return index % 10 === 1 ? '# was app.coordination.cluster_data_sync\nimport os\n' : 'import os\n';
};

const seconds = async (work: () => Promise<void>): Promise<number> => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};

const root = await mkdtemp(`${tmpdir()}/migrate-check-`);
try {
  const text = (index: number): string => `${headOf(index)}\n${BODY}`;
  for (let index = 0; index < count; index += 1) {
    const folder = `${root}/package_${Math.floor(index / FILES_PER_FOLDER)}`;
    if (index % FILES_PER_FOLDER === 0) await mkdir(folder);
    await writeFile(`${folder}/module_${index}.py`, text(index));
  }
  let read = 0;
  const reading = await seconds(async () => {
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) read += (await readFile(`${entry.parentPath}/${entry.name}`)).length;
  });
  let found = 0;
  const checking = await seconds(async () => {
    const report = await checkTree(root, {
      skipTests: false,
      deprecatedOnly: false,
      isExcluded: () => false,
    });
    found = report.findings.length;
  });
  console.log(`${count} files, ${(read / 1e6).toFixed(0)} MB, ${found} references`);
  console.log(`reading alone      ${reading.toFixed(2)} s`);
  console.log(
    `migrate check      ${checking.toFixed(2)} s   ${(checking / reading).toFixed(1)} times the reading`,
  );
} finally {
  await rm(root, { recursive: true, force: true });
}
