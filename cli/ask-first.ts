import type { Session } from './context.ts';
import { UsageError } from './exit.ts';

/**
 * Asks before something that cannot be taken back. Without a terminal, `--yes` has to be said.
 * @throws UsageError when the answer is no, or nobody can be asked
 */
const askFirst = async ({ io, screen }: Session, question: string, isSaid: boolean): Promise<void> => {
  if (isSaid) return;
  if (!io.interactive || screen.json)
    throw new UsageError(`${question} Say --yes: there is no terminal to ask on`);
  if (!(await io.confirm(question))) throw new UsageError('nothing was done');
};

export { askFirst };
