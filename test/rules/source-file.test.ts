import { describe, expect, it } from 'vitest';
import { parseSource } from './source-file.ts';

describe('parseSource', () => {
  it('finds every form of import with its line', () => {
    const { imports } = parseSource(
      'lib/nodes/a.ts',
      [
        "import * as z from 'zod';",
        'import {',
        '  b,',
        "} from '../b.ts';",
        "import type { C } from './c.ts';",
        "export type { D } from './d.ts';",
        "export { e } from './e.ts';",
        "const f = await import('./f.ts');",
      ].join('\n'),
    );
    expect(imports.map(({ path, typeOnly }) => [path, typeOnly])).toEqual([
      [undefined, false],
      ['lib/b.ts', false],
      ['lib/nodes/e.ts', false],
      ['lib/nodes/f.ts', false],
      ['lib/nodes/c.ts', true],
      ['lib/nodes/d.ts', true],
    ]);
    expect(imports.find(({ path }) => path === 'lib/nodes/c.ts')?.line).toBe(5);
    expect(imports.find(({ path }) => path === 'lib/nodes/f.ts')?.line).toBe(8);
  });

  it('finds a type import that is broken over lines', () => {
    const { imports } = parseSource('lib/a.ts', "import type {\n  A,\n  B,\n} from './b.ts';");
    expect(imports).toEqual([{ specifier: './b.ts', path: 'lib/b.ts', line: 1, typeOnly: true }]);
  });
});
