import { open } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import * as z from 'zod';
import { PermanentError } from '../../lib/errors.ts';
import { hasCode } from '../disk/durable-file.ts';

const answerSchema = z.object({ problem: z.string().optional() });

const MAGIC = Buffer.from('SQLite format 3\0');
/** What SQLite keeps beside a database while it is in use: a snapshot has no need of them. */
const SIDECAR = /-(?:wal|shm|journal)$/;

/** Whether the file is a SQLite database, by its first bytes. @throws what the disk says */
const isSqlite = async (path: string): Promise<boolean> => {
  const file = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0);
    return bytesRead === MAGIC.length && buffer.equals(MAGIC);
  } finally {
    await file.close();
  }
};

/** Whether the file belongs to a database that lies beside it. */
const isSqliteSidecar = async (path: string): Promise<boolean> => {
  if (!SIDECAR.test(path)) return false;
  try {
    return await isSqlite(path.replace(SIDECAR, ''));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
};

/**
 * The whole program of the worker thread; it travels as text and uses nothing from outside of itself. SQLite's own backup copies
 * a database that others write, and its check reads every page: minutes for a large one, in which the agent must go on beating.
 */
const workerProgram = async (): Promise<void> => {
  const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
  const answer = (problem?: string): void => parentPort?.postMessage({ problem });
  const sqlite = process.getBuiltinModule('node:sqlite');
  if (typeof sqlite?.backup !== 'function') {
    answer(`snapshots of SQLite files need Node 22.16 or newer, this is ${process.versions.node}`);
    return;
  }
  try {
    const source = new sqlite.DatabaseSync(workerData.source, { readOnly: true });
    try {
      await sqlite.backup(source, workerData.target, { rate: 1000 });
    } finally {
      source.close();
    }
    const copy = new sqlite.DatabaseSync(workerData.target);
    try {
      // One file that needs no other beside it, also where it lies on a disk that cannot be written.
      copy.exec('PRAGMA journal_mode = DELETE');
      const [first] = copy.prepare('PRAGMA integrity_check(1)').all();
      const found = String(first?.['integrity_check']);
      answer(found === 'ok' ? undefined : `its integrity_check says: ${found}`);
    } finally {
      copy.close();
    }
  } catch (error) {
    answer(String(error));
  }
};

/**
 * Copies a database that others may be writing to `target` by SQLite's online backup, and checks the copy. The database itself
 * is only read.
 * @throws PermanentError when it cannot be copied, or the copy is not sound
 */
const snapshotSqlite = async (source: string, target: string): Promise<void> => {
  const worker = new Worker(`(${workerProgram.toString()})()`, {
    eval: true,
    workerData: { source, target },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: {},
  });
  try {
    const problem = await new Promise<string | undefined>((resolve, reject) => {
      worker.on('message', (message: unknown) => resolve(answerSchema.parse(message).problem));
      worker.on('error', reject);
      worker.on('exit', () => reject(new Error('the thread that made the snapshot was stopped')));
    });
    if (problem !== undefined) throw new Error(problem);
  } catch (error) {
    throw new PermanentError(
      `cannot take a snapshot of the database ${source}: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  } finally {
    await worker.terminate();
  }
};

export { isSqlite, isSqliteSidecar, snapshotSqlite };
