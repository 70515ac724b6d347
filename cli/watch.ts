import type { Session } from './context.ts';
import { describeFailure, EXIT, type ExitCode } from './exit.ts';

/** What one look shows. */
interface Picture {
  readonly document: unknown;
  readonly human: () => string;
  /** When it is not 0. */
  readonly exitCode?: ExitCode;
}

const REDRAW_SECONDS = 3;
/** To the upper left corner, and nothing of the last picture stays. */
const CLEAR = '\u001b[H\u001b[2J';

/** The option of every command that can be watched. */
const watchOption = { flags: '--watch', description: 'draw it anew every few seconds until Ctrl-C' };

const drawAgain = async ({ io, screen }: Session, look: () => Promise<Picture>): Promise<void> => {
  try {
    const { document, human } = await look();
    if (!screen.json && screen.terminal) io.writeOut(CLEAR);
    screen.showLine(document, human);
  } catch (error) {
    // One reading that fails does not end the watch; the last picture stays, and the next reading comes.
    io.writeError(`drover: ${describeFailure(error).message}\n`);
  }
};

/** Shows the picture once, or again and again until Ctrl-C; under --json one document per line then. */
const showPicture = async (
  session: Session,
  isWatched: boolean,
  look: () => Promise<Picture>,
): Promise<ExitCode> => {
  const { io, screen } = session;
  if (!isWatched) {
    const { document, human, exitCode } = await look();
    screen.show(document, human);
    return exitCode ?? EXIT.ok;
  }
  // An installation that cannot be reached at all is an error, as without --watch.
  await session.connect();
  while (!io.signal.aborted) {
    await drawAgain(session, look);
    await io.sleep(REDRAW_SECONDS, io.signal);
  }
  return EXIT.ok;
};

export type { Picture };
export { showPicture, watchOption };
