import type { NodeHealth, NodeHealthState } from '../nodes/node-health.ts';
import { toTimestamp } from '../time.ts';
import type { NodeVerdict } from './decide-node-health.ts';

const isBad = (state: NodeHealthState): boolean => state === 'unhealthy' || state === 'unreachable';

/** Whether the brake keeps a verdict on this node back. */
const isWithheld = (health: NodeHealth | undefined): boolean =>
  health?.reasons.includes('observer-suspect') === true;

/** When the node last became bad: now, if this verdict is the first that says so. What the brake counts. */
const turnedBadAt = (
  before: NodeHealth | undefined,
  { state }: NodeVerdict,
  now: Date,
): string | undefined => {
  const wasBad = before !== undefined && (isBad(before.state) || isWithheld(before));
  return isBad(state) && !wasBad ? toTimestamp(now) : before?.turnedBadAt;
};

/** The state that was told last: what is withheld was never told. */
const toldState = (before: NodeHealth | undefined): NodeHealthState | undefined =>
  isWithheld(before) ? before?.from : before?.state;

/**
 * The health that the node's item should have after a verdict, and whether that is another one. While the brake is on, nobody newly
 * becomes unhealthy or unreachable: the observer is the suspect, and the node's health is unknown. Pure.
 */
const settleNodeHealth = (
  before: NodeHealth | undefined,
  verdict: NodeVerdict,
  brakeIsOn: boolean,
  now: Date,
): { readonly changed: boolean; readonly health: NodeHealth } => {
  const withhold = brakeIsOn && isBad(verdict.state) && verdict.state !== before?.state;
  const state = withhold ? 'unknown' : verdict.state;
  const reasons = withhold ? ['observer-suspect' as const] : [...verdict.reasons];
  const { firstGoodBeatAt } = verdict.evidence;
  if (
    before?.state === state &&
    before.reasons.join() === reasons.join() &&
    before.firstGoodBeatAt === firstGoodBeatAt
  ) {
    return { changed: false, health: before };
  }
  const stays = before?.state === state;
  const from = stays ? before.from : toldState(before);
  const turned = turnedBadAt(before, verdict, now);
  return {
    changed: true,
    health: {
      state,
      since: stays ? before.since : toTimestamp(now),
      reasons,
      ...(from === undefined ? {} : { from }),
      ...(turned === undefined ? {} : { turnedBadAt: turned }),
      ...(firstGoodBeatAt === undefined ? {} : { firstGoodBeatAt }),
    },
  };
};

/** Whether the change to this state is to be told: it is another one than the last that was. */
const isTold = (health: NodeHealth): health is NodeHealth & { from: NodeHealthState } =>
  health.from !== undefined && health.from !== health.state && !isWithheld(health);

export { isTold, settleNodeHealth, turnedBadAt };
