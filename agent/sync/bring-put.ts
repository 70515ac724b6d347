import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailure } from '../commands/command-failure.ts';
import { look } from '../inventory/hash-cache.ts';
import type { Log } from '../log.ts';
import { quarantineFile } from '../pull/quarantine.ts';
import type { Timing } from '../wait.ts';
import type { PutLine } from './put-line.ts';
import type { PutLog } from './put-log.ts';

interface BringPutTools {
  /** Where the files of the log's lines are held. */
  readonly held: string;
  readonly quarantine: string;
  readonly putLog: Pick<PutLog, 'lost'>;
  /** Brings the file at this path into the store. @returns its artifactId; undefined while somebody writes it */
  readonly bring: (path: string) => Promise<string | undefined>;
  readonly timing: Pick<Timing, 'now'>;
  readonly log: Log;
}

/** Whether somebody wrote into the file that is held by a second name. */
const isOverwritten = async (copy: string, { linked }: PutLine): Promise<boolean> => {
  const now = await look(copy);
  if (linked === undefined || now === undefined) return false;
  return now.bytes !== linked.bytes || now.modifiedNs !== linked.modifiedNs;
};

/** Takes the line out of the log; what is there now is kept in quarantine, for a person to look at. */
const giveUp = async (
  { putId, path, bytes }: PutLine,
  copy: string,
  { quarantine, putLog, timing, log }: BringPutTools,
): Promise<never> => {
  const message = `${path} was written into in place after it was put: its ${bytes} bytes of then are lost. Write files anew, or put a copy`;
  const reason = { class: 'io-error', message, putId, path, at: timing.now() } as const;
  // The held name stays until the line is gone: a crash in between repeats both.
  const folder = await quarantineFile(quarantine, copy, reason, 'link');
  await putLog.lost(putId);
  await rm(copy, { force: true });
  log.error('what was put is lost: its file was written into in place', { putId, path, bytes, folder });
  throw new CommandFailure('io-error', message);
};

/**
 * Brings what is held for a line into the store. What somebody wrote over it is never brought in its place.
 * @returns its artifactId; undefined while somebody writes it
 * @throws CommandFailure when what was put is gone: told once, and the line has left the log; as `bring`
 */
const bringPut = async (line: PutLine, tools: BringPutTools): Promise<string | undefined> => {
  const { held, bring, log } = tools;
  const copy = join(held, line.putId);
  const isHeld = (await look(copy)) !== undefined;
  if (!isHeld) log.error('what was put is not held any more; taking it from where it was', { ...line });
  if (await isOverwritten(copy, line)) return await giveUp(line, copy, tools);
  const artifactId = await bring(isHeld ? copy : line.path);
  // Before the file was hashed, perhaps: then what is in the store is not what was put.
  if (await isOverwritten(copy, line)) return await giveUp(line, copy, tools);
  return artifactId;
};

export type { BringPutTools };
export { bringPut };
