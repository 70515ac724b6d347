import type { Config } from './config/read-config.ts';
import type { DataFolder } from './disk/data-folder.ts';
import type { Session } from './identity/session.ts';
import type { Log } from './log.ts';
import type { NodeState } from './node-state.ts';
import type { Timing } from './wait.ts';

/** What the parts of an enrolled node are made from. */
interface NodeTools {
  readonly config: Config;
  readonly folder: DataFolder;
  readonly state: NodeState;
  readonly session: Session;
  readonly bootId: string;
  readonly gpuCount: number;
  readonly timing: Timing;
  readonly log: Log;
  /** Aborts when running commands are to be given back. */
  readonly release: AbortSignal;
  /** Aborts at the end of everything, also of what is said as a farewell. */
  readonly end: AbortSignal;
}

export type { NodeTools };
