import { hasCode } from './durable-file.ts';

/**
 * How a disk, or its file system, says that it cannot give back what it was given. That this user may not read a file (EACCES) is no
 * damage.
 */
const DAMAGE_CODES = [
  'EIO',
  'EREMOTEIO',
  'ENODATA',
  'EILSEQ',
  'EBADMSG',
  'EUCLEAN',
  'ENOTRECOVERABLE',
  // The last three of Linux, for which Node has no names: a wrong checksum, a broken file system, a lost state.
  'Unknown system error -74',
  'Unknown system error -117',
  'Unknown system error -131',
] as const;

/** Whether a file could not be read, or not be looked at, because its disk is damaged. */
const isDamage = (error: unknown): boolean =>
  hasCode(error, ...DAMAGE_CODES) || (error instanceof Error && isDamage(error.cause));

export { DAMAGE_CODES, isDamage };
