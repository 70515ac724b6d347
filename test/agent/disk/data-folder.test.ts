import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDataFolder } from '../../../agent/disk/data-folder.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const refusal = /^cannot use the data folder [^\n]+ \(--data\)$/;

describe('openDataFolder', () => {
  it('says in one line when the system makes no folder there', async () => {
    await expect(openDataFolder('/proc/nowhere/data')).rejects.toThrow(refusal);
  });

  it('says in one line when the folder is a file', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');

    await expect(openDataFolder(file)).rejects.toThrow(refusal);
  });
});
