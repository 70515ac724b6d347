import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

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
      Object.keys(optionalDependencies).filter(
        (name) =>
          packages[`node_modules/${name}`] === undefined &&
          packages[`${path}/node_modules/${name}`] === undefined,
      ),
    );
    expect(missing).toEqual([]);
  });
});
