import { describe, expect, it } from 'vitest';
import { checkCycles } from './cycles.ts';
import { parseSource } from './source-file.ts';

const files = (imports: Readonly<Record<string, string>>) =>
  Object.entries(imports).map(([path, imported]) => parseSource(path, `import { x } from '${imported}';`));

describe('checkCycles', () => {
  it('names every file of a cycle', () => {
    const found = checkCycles(
      files({ 'lib/z.ts': './a.ts', 'lib/a.ts': './b.ts', 'lib/b.ts': './c.ts', 'lib/c.ts': './a.ts' }),
    );
    expect(found).toHaveLength(1);
    expect(found[0]?.message).toContain('lib/a.ts → lib/b.ts → lib/c.ts → lib/a.ts');
  });

  it('finds a cycle of types', () => {
    const found = checkCycles([
      parseSource('lib/a.ts', "import type { B } from './b.ts';"),
      parseSource('lib/b.ts', "import type { A } from './a.ts';"),
    ]);
    expect(found).toHaveLength(1);
  });

  it('accepts two ways to the same file', () => {
    expect(
      checkCycles([
        parseSource('lib/a.ts', "import { b } from './b.ts';\nimport { c } from './c.ts';"),
        parseSource('lib/b.ts', "import { c } from './c.ts';"),
        parseSource('lib/c.ts', 'export const c = 1;'),
      ]),
    ).toEqual([]);
  });
});
