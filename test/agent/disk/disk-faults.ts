import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { onTestFinished, vi } from 'vitest';

const faultOf = (code: string): Error => Object.assign(new Error(`${code}: the disk says so`), { code });

/** What was replaced in `node:fs` holds for everybody, until the end of the test. */
const untilTestIsOver = (spies: readonly { mockRestore: () => void }[]): void => {
  syncBuiltinESMExports();
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore();
    syncBuiltinESMExports();
  });
};

/** The file at `path` can be looked at and opened, but not be read. Returns what mends it. */
const failToRead = (path: string, code = 'EIO'): (() => void) => {
  let isBad = true;
  const { open } = fs.promises;
  const { createReadStream } = fs;
  const refuse = async (): Promise<never> => {
    throw faultOf(code);
  };
  untilTestIsOver([
    vi.spyOn(fs.promises, 'open').mockImplementation(async (...args) => {
      const handle = await open(...args);
      return isBad && args[0] === path ? Object.assign(handle, { read: refuse, readFile: refuse }) : handle;
    }),
    vi.spyOn(fs, 'createReadStream').mockImplementation((...args) => {
      const stream = createReadStream(...args);
      return isBad && args[0] === path ? stream.destroy(faultOf(code)) : stream;
    }),
  ]);
  return () => {
    isBad = false;
  };
};

/** No file can be copied. */
const failToCopy = (code: string): void =>
  untilTestIsOver([vi.spyOn(fs.promises, 'copyFile').mockRejectedValue(faultOf(code))]);

export { failToCopy, failToRead };
