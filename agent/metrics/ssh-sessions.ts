import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../disk/durable-file.ts';

/** Processes whose titles are read at once. */
const AT_ONCE = 64;

/**
 * The title that sshd gives to the process of a login: `sshd: ada@pts/0`, with `sshd-session:` since OpenSSH 9.8. `notty` is one too:
 * editors, rsync and scp log in so. Not the listener, and not the privileged monitor beside each login (`[priv]`).
 */
const SESSION_TITLE = /^sshd(?:-session)?: .+@([^@\s]+)$/;

/** Logins that a process title stands for: one for each terminal of the connection. */
const sessionsOfTitle = (title: string): number =>
  SESSION_TITLE.exec(title.replace(/\0.*$/s, '').trim())?.[1]?.split(',').length ?? 0;

/** True where other users' processes do not show: then a login that is not seen can still be there. */
const hidesProcesses = async (proc: string): Promise<boolean> => {
  if (process.getuid?.() === 0) return false;
  const mounts = await readFile(join(proc, 'mounts'), 'utf8').catch(() => '');
  return mounts.split('\n').some((line) => {
    const [, folder, type, options = ''] = line.split(' ');
    return folder === proc && type === 'proc' && /(^|,)hidepid=(?!0|off)/.test(options);
  });
};

const sessionsOf = async (proc: string, pid: string): Promise<number> => {
  try {
    return sessionsOfTitle(await readFile(join(proc, pid, 'cmdline'), 'utf8'));
  } catch (error) {
    // It ended meanwhile.
    if (hasCode(error, 'ENOENT', 'ESRCH')) return 0;
    throw error;
  }
};

/** Logins over OpenSSH, by the titles of its processes. undefined: this system does not show them all. */
const countSshSessions = async (proc: string): Promise<number | undefined> => {
  try {
    const pids = (await readdir(proc)).filter((name) => /^\d+$/.test(name));
    // A procfs shows at least this process; an empty folder is none.
    if (pids.length === 0 || (await hidesProcesses(proc))) return undefined;
    let sessions = 0;
    for (let at = 0; at < pids.length; at += AT_ONCE) {
      const counts = await Promise.all(pids.slice(at, at + AT_ONCE).map((pid) => sessionsOf(proc, pid)));
      sessions += counts.reduce((sum, count) => sum + count, 0);
    }
    return sessions;
  } catch {
    return undefined;
  }
};

export { countSshSessions, sessionsOfTitle };
