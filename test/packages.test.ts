import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';

const dependenciesSchema = z.record(z.string(), z.string()).default({});
const packageSchema = z.object({
  dependencies: dependenciesSchema,
  devDependencies: dependenciesSchema,
  optionalDependencies: dependenciesSchema,
});
const lockSchema = z.object({
  packages: z.record(z.string(), z.looseObject({ optionalDependencies: dependenciesSchema })),
});

const read = (file: string): unknown =>
  JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'));
const manifest = packageSchema.parse(read('package.json'));
const { packages } = lockSchema.parse(read('package-lock.json'));
const wanted = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };

/** Where Node looks for a package that `path` needs: beside it, and beside each package that it lies in. */
const placesFor = (path: string, name: string): string[] => {
  const above = path.split('/node_modules/').slice(0, -1).join('/node_modules/');
  const here = path === '' ? `node_modules/${name}` : `${path}/node_modules/${name}`;
  return path === '' ? [here] : [here, ...placesFor(above, name)];
};

describe('package.json', () => {
  it('names exact versions only: an old npm takes older majors from a range', () => {
    expect(Object.entries(wanted).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });
});

describe('package-lock.json', () => {
  it('has the versions of package.json', () => {
    const locked = Object.keys(wanted).map((name) => [name, packages[`node_modules/${name}`]?.['version']]);
    expect(Object.fromEntries(locked)).toEqual(wanted);
  });

  it('has every optional package for every platform: npm ci refuses a lockfile that lacks one', () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
      Object.keys(optionalDependencies).filter((name) =>
        placesFor(path, name).every((place) => packages[place] === undefined),
      ),
    );
    expect(missing).toEqual([]);
  });
});
