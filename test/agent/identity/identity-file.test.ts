import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readIdentity, writeIdentity } from '../../../agent/identity/identity-file.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const identity = {
  nodeId: 'n-0123456789ab',
  nodeSecret: 'secret',
  enrolledAt: '2026-11-20T10:00:00.000Z',
};

describe('readIdentity', () => {
  it('remembers since when this machine is a node', async () => {
    const path = join(temporaryFolder(), 'identity.json');
    expect(await readIdentity(path)).toBeUndefined();
    await writeIdentity(path, identity);
    expect(await readIdentity(path)).toEqual(identity);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('takes the earliest time that the files of an older agent prove', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'identity.json');
    writeFileSync(path, JSON.stringify({ nodeId: identity.nodeId, nodeSecret: 'secret' }));
    const { enrolledAt } = (await readIdentity(path)) ?? { enrolledAt: '' };
    expect(new Date(enrolledAt).getTime()).toBe(
      Math.floor(Math.min(statSync(folder).birthtimeMs, statSync(path).birthtimeMs)),
    );
  });
});
