import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { measureInitMilliseconds, median } from '../../infra/measure-init.ts';

const bundleOf = (code: string) => {
  const file = join(mkdtempSync(join(tmpdir(), 'drover-init-')), 'index.mjs');
  writeFileSync(file, code);
  return { functionName: 'drover-dev-example', file, bytes: code.length, environment: { EXAMPLE: 'a' } };
};

describe('measureInitMilliseconds', () => {
  it('measures the import of the module, with its variables set', async () => {
    const bundle = bundleOf(
      'if (!process.env.EXAMPLE) throw new Error("no EXAMPLE");\n' +
        'await new Promise((resolve) => setTimeout(resolve, 60));\nexport const handler = () => {};',
    );

    const took = await measureInitMilliseconds(bundle, 1);

    expect(took).toBeGreaterThanOrEqual(55);
  });

  it('fails on a module without a handler', async () => {
    await expect(measureInitMilliseconds(bundleOf('export const other = 1;'), 1)).rejects.toThrow(
      'drover-dev-example does not start: Error: it exports no handler',
    );
  });
});

describe('measureInitMilliseconds of a module that fails', () => {
  it('says why in one line', async () => {
    const bundle = bundleOf('throw new TypeError("no such table"); export const handler = () => {};');

    await expect(measureInitMilliseconds(bundle, 1)).rejects.toThrow(
      'drover-dev-example does not start: TypeError: no such table',
    );
  });
});

describe('median', () => {
  it.each([
    [[3, 1, 2], 2],
    [[5, 5, 1, 9, 7], 5],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });
});
