import type * as promises from 'node:fs/promises';
import { type Mock, onTestFinished } from 'vitest';

/** From here to the end of the test this file opens, and cannot be read; `open` is the mocked one of `node:fs/promises`. */
const makeUnreadable = (open: Mock<typeof promises.open>, path: string, code = 'EIO'): void => {
  const real = open.getMockImplementation();
  if (real === undefined) throw new Error('mock open with the real one');
  const refuse = async (): Promise<never> => {
    throw Object.assign(new Error(`${code}: i/o error, read`), { code });
  };
  open.mockImplementation(async (...args) => {
    const handle = await real(...args);
    return args[0] === path ? Object.assign(handle, { read: refuse, readFile: refuse }) : handle;
  });
  onTestFinished(() => void open.mockImplementation(real));
};

export { makeUnreadable };
