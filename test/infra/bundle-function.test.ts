import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withFunctionBundle } from '../../infra/bundle-function.ts';

describe('withFunctionBundle', () => {
  it('makes one module that needs no other, and leaves nothing behind', () => {
    const seen = withFunctionBundle('route-events', (folder) => ({
      folder,
      files: readdirSync(folder),
      code: readFileSync(join(folder, 'index.mjs'), 'utf8'),
    }));

    expect(seen.files).toEqual(['index.mjs']);
    expect(seen.code).toMatch(/export\{\w+ as handler\}/);
    expect(seen.code).not.toMatch(/from ?"(?!node:)[@a-z]+\//);
    expect(existsSync(seen.folder)).toBe(false);
  });

  it("has Lambda's one source of credentials in place of the SDK's chain", () => {
    const code = withFunctionBundle('route-events', (folder) =>
      readFileSync(join(folder, 'index.mjs'), 'utf8'),
    );

    expect(code).toContain('AWS_SESSION_TOKEN');
    expect(code).not.toContain('sso_session');
  });

  it('leaves nothing behind when its use fails', () => {
    const failing: { folder?: string } = {};

    expect(() =>
      withFunctionBundle('route-events', (folder) => {
        failing.folder = folder;
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(existsSync(failing.folder ?? '/')).toBe(false);
  });
});
