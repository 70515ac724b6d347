import type { ReplicaMark } from '../artifacts/replica-mark.ts';
import type { CopiesAssessment } from './assess-copies.ts';
import type { Repair } from './repair-ledger.ts';
import type { CopiesPolicy } from './replication-policy.ts';

/** Every reason of a decision about an artifact's copies, with what it means to a person. */
const REPAIR_REASONS = {
  'store-copy-missing': 'no verified copy is in the store: a node that holds one brings it there',
  'node-copies-missing': 'fewer nodes hold it than are to: others fetch it from the store',
  'enough-copies': 'it has all the copies that it needs',
  'no-copy-left': 'no copy is left anywhere; it comes back when a node turns up that holds one',
  'cooling-down': 'a repair was begun a short while ago; no other one before its time',
  'already-running': 'a repair of it runs',
  'copies-under-way': 'a delivery to another node is under way, and will be a copy',
  paused: 'somebody paused repair',
  'brake-on':
    'so many nodes went silent at once that Drover doubts its own view: no copies are made of theirs',
  'brake-unknown': 'nobody evaluates whether nodes fail at once, so no copies are made of silent ones',
  'target-beyond-fleet': 'more nodes are to hold it than there are such nodes',
  'budget-used-up': 'the fleet has begun as many repairs as it may for now',
  'no-holder-reachable': 'no node that holds it answers now',
  'holders-busy': 'every node that holds it has as many repairs as it may',
  'no-target': 'no node can take a copy now: reachable, persistent, with room on its disk',
  'targets-busy': 'every node that could take a copy has as many repairs as it may',
} as const;
type RepairReason = keyof typeof REPAIR_REASONS;

interface RepairEvidence extends CopiesAssessment, CopiesPolicy {
  readonly urgency: 'critical' | 'high' | 'normal';
}

/** What is done about one artifact now. `settle`: nothing is missing; `lose`: no copy is left. */
interface RepairDecision {
  readonly artifactId: string;
  /** What was looked at: when it changed meanwhile, the decision is void. */
  readonly replicaRevision: number;
  readonly action: 'push' | 'pull' | 'settle' | 'lose' | 'wait';
  readonly reason: RepairReason;
  /** The mark that it bears from now on. */
  readonly mark: ReplicaMark | undefined;
  readonly repairs: readonly Repair[];
  readonly evidence: RepairEvidence;
}

export type { RepairDecision, RepairEvidence, RepairReason };
export { REPAIR_REASONS };
