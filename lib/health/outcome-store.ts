import type { Circuit, NextCircuit, Stage } from './circuit.ts';

/** An error of one kind in one minute, however often it happened. */
interface ErrorMark {
  readonly component: string;
  readonly type: string;
  readonly at: string;
}

interface RecoveryMark {
  readonly eventId: string;
  readonly succeeded: boolean;
  readonly at: string;
}

/** What went wrong, what was mended, and how the stages of the pipeline do. */
interface OutcomeStore {
  /** The same component and type in the same minute is one mark. Kept ten minutes. */
  recordError(component: string, type: string, at: Date): Promise<void>;
  /** Marks of the minutes from that of `since` on. */
  listErrors(since: Date): Promise<ErrorMark[]>;
  /** The same event at the same time is one mark. Kept a little more than an hour. */
  recordRecovery(eventId: string, succeeded: boolean, at: Date): Promise<void>;
  listRecoveries(since: Date): Promise<RecoveryMark[]>;
  /** Strongly consistent. */
  getCircuit(stage: Stage): Promise<Circuit | undefined>;
  listCircuits(): Promise<Circuit[]>;
  /** Writes the circuit if its revision is still `expectedRevision` (undefined: if there is none); false when another was faster. */
  putCircuit(circuit: NextCircuit, expectedRevision: number | undefined): Promise<boolean>;
}

/** The instant of the minute that `at` lies in. */
const minuteOf = (at: Date): Date => new Date(Math.floor(at.getTime() / 60_000) * 60_000);

export type { ErrorMark, OutcomeStore, RecoveryMark };
export { minuteOf };
