import type { MayLoseReason } from '../nodes/decide-may-lose.ts';
import type { CancelReason, WaitReason } from './decide-draining.ts';
import type { ShadowDecision } from './decide-shadow.ts';
import type { TerminationReason } from './decide-termination.ts';
import type { KeepReason } from './idle-reason.ts';
import { REASON_MEANINGS } from './reason-meanings.ts';

type StepReason = CancelReason | WaitReason | TerminationReason | ShadowDecision['reason'];

/** What the steps of a drain and of a termination say, beside the reasons that keep a node. */
const STEP_MEANINGS: Readonly<Record<Exclude<StepReason, KeepReason>, string>> = {
  idle: 'it is idle and nothing would be lost',
  'mode-changed': 'the mode of its provider changed',
  activity: 'somebody uses it',
  'no-slot': "its drain has no slot in its provider's ledger",
  'resumed-by-operator': 'a person ended the drain',
  'not-acknowledged': 'its agent did not acknowledge the drain in time',
  'promise-ends': "the agent's promise to start nothing is about to end",
  'awaiting-acknowledgement': 'its agent has not acknowledged the drain yet',
  'drain-period': 'the drain period is not over',
  'awaiting-heartbeat': 'no heartbeat came since the agent acknowledged',
  'data-unknown': 'it cannot be told what would be lost',
  'data-at-risk': 'data would be lost',
  matured: 'all guards passed at the end of the drain period',
  due: 'its provider is asked to end it',
  backoff: 'the last request failed, and the next is not due yet',
  accepted: 'its provider accepted, and a listing has to confirm it',
  'not-listed': 'its provider says that it goes or is gone, and a complete listing has to confirm it',
  'promise-over': "the agent's promise is over, and it is asked for a longer one",
};

/** What would be lost, or is not known about that. */
const MAY_LOSE_MEANINGS: Readonly<Record<MayLoseReason, string>> = {
  'node-unknown': 'there is no such node',
  'heartbeat-stale': 'its last heartbeat is too old to know what it holds',
  'inventory-missing': 'no inventory of it can be read',
  'inventory-stale': 'its last inventory is too old',
  'inventory-before-drain': 'its last inventory was taken before this drain began',
  'configuration-pending': 'its last inventory was taken by another configuration than the one that holds',
  'unsettled-unknown': 'it did not tell whether files were still being written',
  'unsettled-data': 'files were still being written when it took its inventory',
  'missing-from-store': 'artifacts on it have no verified copy in the object store',
  'unflushed-unknown': 'it did not tell how much of its log is not in the object store',
  'unflushed-data': 'lines of its log are not in the object store',
  'unclaimed-unknown': 'it did not tell which of its files no artifact claims',
  'unclaimed-data': 'it has files that no artifact claims',
};

const isKeepReason = (reason: StepReason): reason is KeepReason => Object.hasOwn(REASON_MEANINGS, reason);

const meaningOf = (reason: StepReason): string =>
  isKeepReason(reason) ? REASON_MEANINGS[reason].text : STEP_MEANINGS[reason];

export type { StepReason };
export { MAY_LOSE_MEANINGS, meaningOf, STEP_MEANINGS };
