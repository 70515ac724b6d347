import { link, open, readFile, rename, rm } from 'node:fs/promises';
import * as z from 'zod';
import { PermanentError } from '../../lib/errors.ts';
import { hasCode } from './durable-file.ts';
import { processStart } from './process-start.ts';

const ownerSchema = z.object({ pid: z.int().positive(), startedAt: z.string() });

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
};

/** The pid that holds the lock, or undefined when the lock is stale or torn. */
const livingOwner = (content: string): number | undefined => {
  let raw: unknown;
  try {
    raw = JSON.parse(content);
  } catch {
    return undefined;
  }
  const owner = ownerSchema.safeParse(raw);
  if (!owner.success || !isAlive(owner.data.pid)) return undefined;
  return processStart(owner.data.pid) === owner.data.startedAt ? owner.data.pid : undefined;
};

const createLock = async (path: string, content: string): Promise<boolean> => {
  const own = `${path}.${process.pid}`;
  const handle = await open(own, 'w', 0o600);
  await handle.writeFile(content);
  await handle.close();
  try {
    // A link appears with its content, so that nobody ever reads a lock half written.
    await link(own, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(own, { force: true });
  }
};

/** Moves a stale lock away; gives it back when another starter was quicker and it is a living one by now. */
const removeStale = async (path: string, stale: string): Promise<void> => {
  const aside = `${path}.stale.${process.pid}`;
  try {
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) !== stale) await link(aside, path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'EEXIST')) throw error;
  } finally {
    await rm(aside, { force: true });
  }
};

/**
 * One agent per data folder. A lock whose process is gone is taken over. Returns what releases it.
 * @throws PermanentError when another agent has it
 */
const acquireLock = async (path: string): Promise<() => Promise<void>> => {
  const content = JSON.stringify({ pid: process.pid, startedAt: processStart(process.pid) });
  for (let attempt = 0; attempt < 5; attempt += 1) {
    if (await createLock(path, content)) return () => rm(path, { force: true });
    const found = await readFile(path, 'utf8').catch(() => undefined);
    if (found === undefined) continue;
    const pid = livingOwner(found);
    if (pid !== undefined) {
      throw new PermanentError(
        `another agent (pid ${pid}) uses this data folder (${path}): stop it, or use another --data`,
      );
    }
    await removeStale(path, found);
  }
  throw new PermanentError(`the lock ${path} changes hands too fast: start one agent only`);
};

export { acquireLock };
