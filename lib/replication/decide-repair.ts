import type { MarkedArtifact, ReplicaMark } from '../artifacts/replica-mark.ts';
import type { DistributionPolicy } from '../distribution/policy.ts';
import type { Node } from '../nodes/node.ts';
import { addSeconds, toTimestamp } from '../time.ts';
import { assessCopies, type CopiesAssessment } from './assess-copies.ts';
import { couldHold, sourcesOf, spreadOver, targetsFor } from './choose-nodes.ts';
import { coolsDown } from './cools-down.ts';
import { tokensAt } from './decide-budget.ts';
import { type HolderState, holderState } from './holder.ts';
import { makeRepair } from './make-repair.ts';
import type { Repair, RepairLedger } from './repair-ledger.ts';
import type { RepairDecision, RepairEvidence, RepairReason } from './repair-reasons.ts';
import type { CopiesPolicy, RepairPolicy } from './replication-policy.ts';

interface RepairSnapshot {
  /** From the index, the most urgent first. */
  readonly candidates: readonly MarkedArtifact[];
  /** All that did not end. */
  readonly nodes: readonly Node[];
  readonly ledger: RepairLedger | undefined;
  readonly brake: 'off' | 'on' | 'unknown';
  /** Who paused repair, and why; undefined: nobody. */
  readonly pausedBy: string | undefined;
}

interface ReplicationRules {
  readonly repair: RepairPolicy;
  readonly copiesOf: (artifact: MarkedArtifact['artifact']) => CopiesPolicy;
  readonly distribution: DistributionPolicy;
}

/** Whoever cannot be helped now makes room for the others, and is looked at again after this. */
const POSTPONE_SECONDS = 300;

/** Whoever waits for a node that is busy now keeps its turn. */
const isBusy = (reason: RepairReason): boolean => reason === 'holders-busy' || reason === 'targets-busy';

/** What one cycle has given out so far. */
interface Tally {
  tokens: number;
  readonly load: Map<string, number>;
  /** By `workOn`. */
  readonly underWay: Set<string>;
}

const workOn = ({ action, artifactId }: Pick<Repair, 'action' | 'artifactId'>): string =>
  `${action} ${artifactId}`;

/**
 * What the copies of each node are worth. While the brake is not off, nobody believes that nodes went silent: a storm of repairs
 * would answer a failure of the observer.
 */
const holdersOf = (
  { nodes, brake }: Pick<RepairSnapshot, 'nodes' | 'brake'>,
  policy: RepairPolicy,
  now: Date,
): Map<string, HolderState> =>
  new Map(
    nodes.map((node): [string, HolderState] => {
      const state = holderState(node, policy, now);
      const isDoubted = brake !== 'off' && (state === 'silent' || state === 'unlisted');
      if (!isDoubted) return [node.nodeId, state];
      return [node.nodeId, node.capabilities.ephemeral ? 'ephemeral' : 'live'];
    }),
  );

/** One copy left, or none but on machines that vanish (sync 13-18): such artifacts are the next to be lost. */
const urgencyOf = ({ state, copies, onlyEphemeral }: CopiesAssessment): RepairEvidence['urgency'] => {
  if (state === 'lost') return 'critical';
  return state === 'under' && (copies <= 1 || onlyEphemeral) ? 'high' : 'normal';
};

/** Decides one candidate after the other, and keeps the tally. */
class RepairDecider {
  readonly #snapshot: RepairSnapshot;
  readonly #rules: ReplicationRules;
  readonly #now: Date;
  readonly #nodes: ReadonlyMap<string, Node>;
  readonly #holders: ReadonlyMap<string, HolderState>;
  readonly #tally: Tally;

  constructor(snapshot: RepairSnapshot, rules: ReplicationRules, now: Date) {
    this.#snapshot = snapshot;
    this.#rules = rules;
    this.#now = now;
    this.#nodes = new Map(snapshot.nodes.map((node) => [node.nodeId, node]));
    this.#holders = holdersOf(snapshot, rules.repair, now);
    const running = Object.values(snapshot.ledger?.running ?? {});
    const load = new Map<string, number>();
    for (const { nodeId } of running) load.set(nodeId, (load.get(nodeId) ?? 0) + 1);
    this.#tally = {
      tokens: tokensAt(snapshot.ledger, rules.repair, now),
      load,
      underWay: new Set(running.map(workOn)),
    };
  }

  assess({ artifact }: MarkedArtifact): CopiesAssessment {
    return assessCopies(artifact, this.#holders, this.#rules.copiesOf(artifact));
  }

  decide(candidate: MarkedArtifact): RepairDecision {
    const { artifact, mark, replicaRevision } = candidate;
    const policy = this.#rules.copiesOf(artifact);
    const found = this.assess(candidate);
    const urgency = urgencyOf(found);
    const evidence = { ...found, ...policy, urgency };
    const about = { artifactId: artifact.artifactId, replicaRevision, repairs: [], evidence };
    if (found.state === 'ok') return { ...about, action: 'settle', reason: 'enough-copies', mark: undefined };
    if (found.state === 'lost') {
      const lost: ReplicaMark =
        mark?.state === 'lost' ? mark : { state: 'lost', since: mark?.since ?? toTimestamp(this.#now) };
      return {
        ...about,
        action: mark?.state === 'lost' ? 'wait' : 'lose',
        reason: 'no-copy-left',
        mark: lost,
      };
    }
    const marked = (seconds: number): ReplicaMark => ({
      state: found.state === 'under' ? 'under' : 'short',
      copies: found.copies,
      dueAt: toTimestamp(addSeconds(this.#now, seconds)),
      since: mark?.since ?? toTimestamp(this.#now),
    });
    if (coolsDown(mark, found.inStore, this.#now)) {
      const { dueAt, pushBegun } = mark;
      const next = { ...marked(0), dueAt, ...(pushBegun === undefined ? {} : { pushBegun }) };
      return { ...about, action: 'wait', reason: 'cooling-down', mark: next };
    }
    const blocked = this.#blocked(candidate, found);
    if (blocked !== undefined) {
      const { reason, postponeSeconds } = blocked;
      const next = marked(postponeSeconds ?? 0);
      // One that is due keeps its turn; a time that need not be waited for is none.
      const keepsTurn =
        postponeSeconds === undefined && mark?.dueAt !== undefined && mark.dueAt < toTimestamp(this.#now);
      return { ...about, action: 'wait', reason, mark: keepsTurn ? { ...next, dueAt: mark.dueAt } : next };
    }
    const repairs = found.inStore ? this.#pulls(candidate, found) : this.#pushes(candidate);
    if (typeof repairs === 'string') {
      const seconds = isBusy(repairs) ? 0 : POSTPONE_SECONDS;
      return { ...about, action: 'wait', reason: repairs, mark: marked(seconds) };
    }
    this.#take(repairs);
    return {
      ...about,
      action: found.inStore ? 'pull' : 'push',
      reason: found.inStore ? 'node-copies-missing' : 'store-copy-missing',
      mark: {
        ...marked(this.#rules.repair.cooldownSeconds),
        ...(found.inStore ? {} : { pushBegun: true }),
      },
      repairs,
    };
  }

  /** What stands in the way of any repair of it; without seconds it keeps its turn. */
  #blocked(
    { artifact }: MarkedArtifact,
    { inStore, countingNodeIds }: CopiesAssessment,
  ): { readonly reason: RepairReason; readonly postponeSeconds?: number } | undefined {
    const { pausedBy, brake, nodes } = this.#snapshot;
    // A copy that a node fetches is none that the store has: only a push is what it waits for once the store lacks it.
    const awaited = inStore ? (['push', 'pull'] as const) : (['push'] as const);
    if (awaited.some((action) => this.#tally.underWay.has(workOn({ ...artifact, action }))))
      return { reason: 'already-running' };
    if (pausedBy !== undefined) return { reason: 'paused' };
    // A copy in the store takes nothing from anybody, and is what nodes that vanish may be the last to give.
    if (inStore && brake !== 'off') return { reason: brake === 'on' ? 'brake-on' : 'brake-unknown' };
    if (inStore) {
      const possible = nodes.filter((node) => couldHold(node, artifact.kind)).length;
      if (countingNodeIds.length >= possible)
        return { reason: 'target-beyond-fleet', postponeSeconds: this.#rules.repair.beyondFleetSeconds };
    }
    return this.#tally.tokens < 1 ? { reason: 'budget-used-up' } : undefined;
  }

  #hasRoom = ({ nodeId }: Node): boolean =>
    (this.#tally.load.get(nodeId) ?? 0) < this.#rules.repair.repairsPerNode;

  #pushes({ artifact, replicaRevision }: MarkedArtifact): Repair[] | RepairReason {
    const sources = sourcesOf(artifact, this.#nodes, this.#tally.load, this.#now);
    if (sources.length === 0) return 'no-holder-reachable';
    const source = sources.find(this.#hasRoom);
    if (source === undefined) return 'holders-busy';
    return [makeRepair('push', artifact, source.nodeId, replicaRevision, this.#now)];
  }

  #pulls({ artifact, replicaRevision }: MarkedArtifact, found: CopiesAssessment): Repair[] | RepairReason {
    const { nodes } = this.#snapshot;
    // A node that beats but lists nothing could take a copy, but it would not count.
    const counting = nodes.filter(({ nodeId }) => this.#holders.get(nodeId) === 'live');
    const policy = this.#rules.distribution;
    const targets = targetsFor({ artifact, nodes: counting, policy, now: this.#now });
    if (targets.length === 0) return 'no-target';
    const free = targets.filter(this.#hasRoom);
    if (free.length === 0) return 'targets-busy';
    const holders = found.countingNodeIds.flatMap((nodeId) => this.#nodes.get(nodeId) ?? []);
    const count = Math.min(found.missingNodeCopies, Math.floor(this.#tally.tokens));
    return spreadOver(free, holders, count, this.#tally.load).map(({ nodeId }) =>
      makeRepair('pull', artifact, nodeId, replicaRevision, this.#now),
    );
  }

  #take(repairs: readonly Repair[]): void {
    const { load, underWay } = this.#tally;
    for (const repair of repairs) {
      load.set(repair.nodeId, (load.get(repair.nodeId) ?? 0) + 1);
      underWay.add(workOn(repair));
      this.#tally.tokens -= 1;
    }
  }
}

/** What makes data durable before what keeps it close; fewest copies first. */
const rankOf = ({ state, copies }: CopiesAssessment): number => (state === 'under' ? 0 : 100) + copies;

/**
 * Says for every candidate what is done now, with one reason. Pure. A missing store copy is pushed by a node that holds one, node copies
 * are pulled from the store; whatever waits says why. Those with the fewest copies are served first, of equal ones in the order given;
 * the answers are in the order of the candidates.
 */
const decideRepair = (snapshot: RepairSnapshot, rules: ReplicationRules, now: Date): RepairDecision[] => {
  const decider = new RepairDecider(snapshot, rules, now);
  const ranked = snapshot.candidates.map((candidate, index) => ({
    candidate,
    index,
    rank: rankOf(decider.assess(candidate)),
  }));
  ranked.sort((a, b) => a.rank - b.rank || a.index - b.index);
  return ranked
    .map(({ candidate, index }) => ({ index, decision: decider.decide(candidate) }))
    .sort((a, b) => a.index - b.index)
    .map(({ decision }) => decision);
};

export type { RepairSnapshot, ReplicationRules };
export { decideRepair, holdersOf };
