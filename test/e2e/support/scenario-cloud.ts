/**
 * - `running`: all runs, but schedules fire by hand only
 * - `still`: nobody consumes the queues, so that a check can look into them
 * - `scheduled`: as `still`, but schedules fire by themselves, and sooner than they should: a minute of theirs is a few seconds
 * - `refusing`: `still`, and no target takes events
 * - `mute`: `running`, but the consumers of queues may send no messages, so that they fail to refuse one
 */
type CloudKind = 'running' | 'still' | 'scheduled' | 'refusing' | 'mute';

/** How much faster the schedules of a `scheduled` cloud are: an hour of theirs takes longer than anybody waits. */
const SCHEDULE_SPEED = 10;

export type { CloudKind };
export { SCHEDULE_SPEED };
