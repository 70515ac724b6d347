/**
 * - `running`: all runs, but schedules fire by hand only
 * - `still`: nobody consumes the queues, so that a check can look into them
 * - `scheduled`: as `still`, but schedules fire by themselves
 * - `refusing`: `still`, and no target takes events
 * - `mute`: `running`, but the consumers of queues may send no messages, so that they fail to refuse one
 */
type CloudKind = 'running' | 'still' | 'scheduled' | 'refusing' | 'mute';

export type { CloudKind };
