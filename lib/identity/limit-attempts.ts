import type { Clock } from '../time.ts';
import type { IdentityStore } from './identity-store.ts';
import { RefusalError } from './refusal.ts';

/** Tries of one source address in a minute; more than the nodes behind one NAT need, and far too few to guess 256 bits. */
const ATTEMPTS_PER_MINUTE = 20;

/** @throws RefusalError `rate-limited` when the source address asked too often in this minute */
const limitAttempts = async (
  identity: Pick<IdentityStore, 'countAttempt'>,
  sourceAddress: string,
  clock: Clock,
): Promise<void> => {
  if (!(await identity.countAttempt(sourceAddress, ATTEMPTS_PER_MINUTE, clock.now()))) {
    throw new RefusalError(
      'rate-limited',
      `more than ${ATTEMPTS_PER_MINUTE} calls in this minute from ${sourceAddress}: try again in a minute`,
    );
  }
};

export { ATTEMPTS_PER_MINUTE, limitAttempts };
