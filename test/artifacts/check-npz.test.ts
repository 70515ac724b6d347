import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { whyNotNpz } from '../../lib/artifacts/check-npz.ts';
import { temporaryFolder } from '../agent/temporary-folder.ts';
import { npy, zip } from './npz-files.ts';

const check = async (content: Buffer): Promise<string | undefined> => {
  const path = join(temporaryFolder(), 'set.npz');
  writeFileSync(path, content);
  return await whyNotNpz(path);
};
const features = { name: 'features.npy', content: npy("'<f4'", '(100, 8)', 3200) };
const values = { name: 'values.npy', content: npy("'<f8'", '(100,)', 800) };

describe('whyNotNpz', () => {
  it.each([
    { name: 'agreeing arrays', entries: [features, values] },
    {
      name: 'compressed arrays',
      entries: [
        { ...features, compress: true },
        { ...values, compress: true },
      ],
    },
    {
      name: 'a scalar beside arrays',
      entries: [features, { name: 'version.npy', content: npy("'<i8'", '()', 8) }],
    },
    {
      name: 'text of four bytes a character',
      entries: [{ name: 't.npy', content: npy("'<U3'", '(2,)', 24) }],
    },
    {
      name: 'records, whose size is not judged',
      entries: [{ name: 'r.npy', content: npy("[('a', '<f4')]", '(5,)', 20) }],
    },
    {
      name: 'other files beside arrays',
      entries: [features, { name: 'readme.txt', content: Buffer.from('x') }],
    },
  ])('accepts $name', async ({ entries }) => {
    expect(await check(zip(entries))).toBeUndefined();
  });

  it.each([
    { name: 'other bytes [sync#L10]', content: Buffer.alloc(5000, 7), problem: /not a zip file/ },
    {
      name: 'a zip without arrays',
      content: zip([{ name: 'a.txt', content: Buffer.from('a') }]),
      problem: /no array/,
    },
    {
      name: 'arrays that disagree [sync#L14]',
      content: zip([features, { name: 'values.npy', content: npy("'<f8'", '(68,)', 544) }]),
      problem: /features.npy has 100 samples, values.npy has 68/,
    },
    {
      name: 'an array that ends early',
      content: zip([{ name: 'a.npy', content: npy("'<f4'", '(100, 8)', 3000) }]),
      problem: /3200 bytes of data, 3000/,
    },
    {
      name: 'an array without its magic',
      content: zip([{ name: 'a.npy', content: Buffer.alloc(200) }]),
      problem: /does not begin/,
    },
    {
      name: 'an array that ends in its header',
      content: zip([{ name: 'a.npy', content: npy("'<f4'", '(1,)', 0).subarray(0, 40) }]),
      problem: /ends inside/,
    },
    {
      name: 'a header without a shape',
      content: zip([{ name: 'a.npy', content: npy("'<f4'", 'None', 4) }]),
      problem: /lacks/,
    },
    { name: 'a file cut off', content: zip([features, values]).subarray(0, 2000), problem: /not a zip file/ },
  ])('refuses $name', async ({ content, problem }) => {
    expect(await check(content)).toMatch(problem);
  });
});
