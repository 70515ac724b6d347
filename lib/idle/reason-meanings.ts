import type { KeepReason } from './idle-reason.ts';
import type { IdleSetting } from './idle-settings.ts';

/** How a check's value and limit are to be read. */
type CheckUnit = 'seconds' | 'percent' | 'micro-usd-per-hour';

interface ReasonMeaning {
  /** Ends the sentence "the node is kept: …". */
  readonly text: string;
  readonly unit?: CheckUnit;
  /** What sets its limit in fleet.yaml. */
  readonly setting?: IdleSetting;
}

/** What each reason says to people: `drover explain`, `drover idle plan` and docs/users/idle-shutdown.md share it. */
const REASON_MEANINGS: Readonly<Record<KeepReason, ReasonMeaning>> = {
  'mode-off': { text: 'idle shutdown is off for its provider', setting: 'mode' },
  'not-active': { text: 'it is not in the lifecycle `active`' },
  revoked: { text: 'its trust was revoked, so what it says proves nothing' },
  'drain-not-over': { text: 'its agent still keeps the promise of an earlier drain' },
  'holds-unreadable': { text: 'the holds could not be read' },
  frozen: { text: 'its provider or the fleet is frozen' },
  protected: { text: 'somebody protects it' },
  'brake-unknown': { text: 'nobody evaluated the mass-failure brake lately' },
  'mass-failure': { text: 'many nodes failed at once, so the observer is the suspect' },
  'listing-unsure': { text: "its provider's listing is not fresh, or not believed" },
  'binding-unconfirmed': { text: 'no listing confirms which instance it is' },
  'instance-unknown': { text: 'the last listing lacks its instance' },
  'instance-not-running': { text: 'its instance is not running' },
  'instance-locked': { text: 'its provider says that the instance is locked' },
  exempt: { text: 'the configuration exempts it', setting: 'exempt' },
  'boot-grace': { text: 'it is too young', unit: 'seconds', setting: 'bootGraceSeconds' },
  'heartbeat-stale': { text: 'its last heartbeat is too old', unit: 'seconds' },
  zombie: { text: 'it holds work and uses no GPU: broken, not idle', setting: 'zombieSeconds' },
  lease: { text: 'it has work' },
  'command-running': { text: 'it carries out a command' },
  'transfer-running': { text: 'it sends or receives a file' },
  'ssh-session': { text: 'somebody is logged in over SSH' },
  'ssh-unknown': { text: 'it cannot tell whether somebody is logged in over SSH' },
  'probe-busy': { text: 'the probe on the node says that it is busy' },
  'gpu-busy': { text: 'a GPU is in use', unit: 'percent', setting: 'gpuIdlePercent' },
  'gpu-unknown': { text: 'it does not tell how busy every one of its GPUs is' },
  'cpu-busy': { text: 'its CPU is in use', unit: 'percent', setting: 'cpuIdlePercent' },
  'cpu-unknown': { text: 'it does not tell how busy its CPU is' },
  'criteria-changed': { text: 'a limit of "idle" changed, so its idle time starts anew' },
  'idle-too-short': {
    text: 'it has not been idle for long enough',
    unit: 'seconds',
    setting: 'idleThresholdSeconds',
  },
  'too-few-samples': { text: 'too few heartbeats in a row show it idle', setting: 'minimumSamples' },
  'unclaimed-unknown': { text: 'it did not tell which of its files no artifact claims' },
  'unclaimed-data': { text: 'it has files that no artifact claims' },
  'price-unknown': { text: 'its price is not known' },
  'saving-too-small': {
    text: 'it costs too little to be worth it',
    unit: 'micro-usd-per-hour',
    setting: 'minimumSavingUsdPerHour',
  },
  'work-unreadable': { text: 'it could not be read how much work waits' },
  'work-pending': { text: 'work waits that it could take', setting: 'pendingWorkLimit' },
  retention: { text: 'so many nodes of its role and GPU type are to stay', setting: 'retain' },
  'termination-gap': {
    text: 'the last termination of its provider was a moment ago',
    unit: 'seconds',
    setting: 'terminationGapSeconds',
  },
  'daily-cap': {
    text: "as many of its provider's nodes as may end in a day have ended",
    setting: 'dailyTerminationPercent',
  },
  'work-not-read': { text: 'its waiting work was not read yet' },
};

export type { CheckUnit, ReasonMeaning };
export { REASON_MEANINGS };
