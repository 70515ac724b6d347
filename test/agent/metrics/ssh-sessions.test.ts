import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { countSshSessions, sessionsOfTitle } from '../../../agent/metrics/ssh-sessions.ts';
import { temporaryFolder } from '../temporary-folder.ts';

describe('sessionsOfTitle', () => {
  it.each([
    ['sshd: ada@pts/0', 1],
    ['sshd: ada@notty', 1],
    ['sshd-session: ada@pts/3', 1],
    ['sshd: ada@pts/0,pts/2', 2],
    ['sshd: ada@lab.example@pts/0', 1],
    ['sshd: root@internal-sftp', 1],
    ['sshd: ada@pts/0\0\0\0\0', 1],
    ['sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups', 0],
    ['sshd: ada [priv]', 0],
    ['sshd-session: ada [priv]', 0],
    ['sshd: ada@lab.example [priv]', 0],
    ['sshd: ada [net]', 0],
    ['sshd-auth: ada [net]', 0],
    ['/usr/sbin/sshd\0-D\0', 0],
    ['vim\0notes about sshd: ada@pts\0', 0],
    ['', 0],
  ])('counts %j as %i', (title, sessions) => {
    expect(sessionsOfTitle(title)).toBe(sessions);
  });
});

describe('countSshSessions', () => {
  it('counts every session of the processes that are there', async () => {
    const proc = temporaryFolder();
    const titles = ['sshd: ada@pts/0', 'sshd: ada [priv]', 'sshd: bob@notty', 'python\0train.py\0'];
    for (const [index, title] of titles.entries()) {
      mkdirSync(join(proc, String(index + 1)));
      writeFileSync(join(proc, String(index + 1), 'cmdline'), title);
    }
    mkdirSync(join(proc, 'sys'));
    // This one ended between the look and the read.
    mkdirSync(join(proc, '77'));

    expect(await countSshSessions(proc)).toBe(2);
  });

  it('counts none where processes show and none is a session', async () => {
    const proc = temporaryFolder();
    mkdirSync(join(proc, '1'));
    writeFileSync(join(proc, '1', 'cmdline'), 'init\0');
    expect(await countSshSessions(proc)).toBe(0);
  });

  it('cannot tell without a procfs: unknown is not 0 [health-and-idle#1.8-4]', async () => {
    expect(await countSshSessions('/nowhere/at/all')).toBeUndefined();
    expect(await countSshSessions(temporaryFolder())).toBeUndefined();
  });

  it('cannot tell when a process cannot be read', async () => {
    const proc = temporaryFolder();
    // A folder where the title should be stands in for one that may not be read: the tests may run as root.
    mkdirSync(join(proc, '1', 'cmdline'), { recursive: true });
    expect(await countSshSessions(proc)).toBeUndefined();
  });
});
