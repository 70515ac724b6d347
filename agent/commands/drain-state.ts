import type { Command } from '../../lib/commands/command.ts';
import type { DrainMemory } from './journal-state.ts';

type DrainCommand = Extract<Command, { type: 'drain' }>;

interface DrainSnapshot {
  readonly drain: DrainMemory | undefined;
  /** Drains up to this epoch are over. */
  readonly resumedEpoch: number;
}

/** The drain that holds now, or undefined. It ends by itself at `drainUntil`. */
const activeDrain = ({ drain, resumedEpoch }: DrainSnapshot, now: Date): DrainMemory | undefined =>
  drain !== undefined && drain.epoch > resumedEpoch && now < new Date(drain.drainUntil) ? drain : undefined;

type DrainDecision =
  | { readonly action: 'drain' }
  | { readonly action: 'ignore'; readonly reason: 'older-epoch' | 'already-over'; readonly evidence: number };

/** Epochs only grow: a drain that comes late must not stop a node that was resumed, or drained anew, since. */
const decideDrain = (snapshot: DrainSnapshot, command: DrainCommand, now: Date): DrainDecision => {
  const known = snapshot.drain?.epoch ?? 0;
  if (command.epoch < known) return { action: 'ignore', reason: 'older-epoch', evidence: known };
  if (command.epoch === known && command.drainId !== snapshot.drain?.drainId) {
    return { action: 'ignore', reason: 'older-epoch', evidence: known };
  }
  if (command.epoch <= snapshot.resumedEpoch) {
    return { action: 'ignore', reason: 'already-over', evidence: snapshot.resumedEpoch };
  }
  // It ended by itself, and who knows what ran since: only a new epoch drains anew.
  const promised = command.epoch === known ? snapshot.drain?.drainUntil : undefined;
  if (now >= new Date(command.drainUntil) || (promised !== undefined && now >= new Date(promised))) {
    return { action: 'ignore', reason: 'already-over', evidence: command.epoch };
  }
  return { action: 'drain' };
};

export type { DrainDecision, DrainSnapshot };
export { activeDrain, decideDrain };
