import { TransientError } from '../errors.ts';
import type { IdleConfig } from '../idle/idle-settings.ts';
import { runLimited } from '../run-limited.ts';
import { secondsSince, toTimestamp } from '../time.ts';
import { announceHealth } from './announce-health.ts';
import type { Brake, NextBrake } from './brake.ts';
import { buildFleetHealth, digestOf } from './build-fleet-health.ts';
import { decideHealthScore, type HealthFacts } from './decide-health-score.ts';
import { decidePause } from './decide-pause.ts';
import { type EvaluatedNode, evaluateNodes, type NodeEvaluation } from './evaluate-nodes.ts';
import { FLEET_HEALTH_EVERY_SECONDS, type FleetHealth } from './fleet-health.ts';
import type { Evaluation } from './fleet-health-store.ts';
import type { HealthPolicy } from './health-policy.ts';
import { type LoadedFleet, loadFleet } from './load-fleet.ts';
import { countNodes } from './node-counts.ts';
import type { Pause } from './pause.ts';
import { pauseTriggers, unprovenStages } from './pause-triggers.ts';
import { known, unknown } from './reading.ts';
import type { ScorePorts } from './score-ports.ts';

/** The parts of the applied configuration that an evaluation goes by. */
interface ScorePolicy {
  readonly health: HealthPolicy;
  readonly idle: IdleConfig;
}

interface ScoreReport {
  readonly fleet: FleetHealth;
  /** Expected nodes with their health; absent: they could not be read. */
  readonly nodes: readonly EvaluatedNode[] | undefined;
  /** What could not be read, written or told; everything else was. */
  readonly errors: readonly unknown[];
}

const PARALLEL_WRITES = 16;
/** Before every change: all of them are still to be told. */
const NOTHING_TOLD: Evaluation['told'] = { until: '0000-01-01T00:00:00.000Z', level: 'unknown' };

/** Where the brake is on, no verdict on nodes counts: that so many seem to fail says more about the observer. */
const judgedNodes = (loaded: LoadedFleet, evaluation: NodeEvaluation | undefined): HealthFacts['nodes'] => {
  if (evaluation === undefined) return loaded.nodes.known ? unknown('not judged') : loaded.nodes;
  if (evaluation.brake.evidence.on) {
    const { changed, expected } = evaluation.brake.evidence;
    return unknown(`${changed} of ${expected} nodes seem to fail at once, so the observer is the suspect`);
  }
  return known(countNodes(evaluation.nodes.map(({ health }) => health.state)));
};

/** Writes what changed of nodes; answers those whose items have it now. The next minute tries the others again. */
const recordNodes = async (
  { nodes }: ScorePorts,
  evaluated: readonly EvaluatedNode[],
  errors: unknown[],
): Promise<EvaluatedNode[]> => {
  const missed = new Set<string>();
  const changed = evaluated.filter((one) => one.changed);
  const failed = await runLimited(changed, PARALLEL_WRITES, async ({ node, health }) => {
    missed.add(node.nodeId);
    if (await nodes.recordHealth(node.nodeId, node.revision, health)) missed.delete(node.nodeId);
  });
  errors.push(...failed);
  return evaluated.filter(({ node }) => !missed.has(node.nodeId));
};

/** Tells the nodes, on change and every five minutes; answers what they were told last. */
const publishFile = async (
  { file }: ScorePorts,
  fleet: FleetHealth,
  before: Evaluation | undefined,
  now: Date,
  errors: unknown[],
): Promise<Evaluation['published']> => {
  const digest = digestOf(fleet);
  const last = before?.published;
  const isRecent = last !== undefined && secondsSince(last.at, now) < FLEET_HEALTH_EVERY_SECONDS;
  if (last?.digest === digest && isRecent) return last;
  try {
    await file.write(`${JSON.stringify(fleet, undefined, 2)}\n`);
    return { digest, at: toTimestamp(now) };
  } catch (error) {
    errors.push(error);
    return last;
  }
};

/** What one evaluation comes to: nodes → brake → score → pause → what everybody is told. Pure. */
const evaluate = (
  loaded: LoadedFleet,
  before: { readonly brake: Brake | undefined; readonly pause: Pause | undefined },
  { health: policy, idle }: ScorePolicy,
  now: Date,
) => {
  const evaluation = loaded.nodes.known
    ? evaluateNodes(loaded.nodes.value, { ...loaded, brake: before.brake, idle }, policy, now)
    : undefined;
  const brake: NextBrake | undefined = evaluation?.brake.evidence;
  const facts: HealthFacts = { ...loaded, nodes: judgedNodes(loaded, evaluation) };
  const score = decideHealthScore(facts, policy.score);
  const unproven = unprovenStages(facts);
  const triggers = pauseTriggers(facts, score, policy.pause);
  const inputs = { triggers, unproven, score: score.score, observerSuspect: brake?.on === true };
  const { evidence: pause } = decidePause(before.pause, inputs, policy.pause, now);
  const fleet = buildFleetHealth(
    { score, pause, unproven, holds: loaded.holds, evaluation, data: loaded.data },
    now,
  );
  return { nodes: evaluation?.nodes, brake, pause, fleet };
};

/**
 * One evaluation, its parts written in their order, then told; the document that says how far it came is written last. A repeat after
 * a crash anywhere comes to the same items and tells the same events. What cannot be read or written keeps nothing else from being done.
 * @throws TransientError when another evaluation came in between
 */
const scoreHealth = async (ports: ScorePorts, policy: ScorePolicy): Promise<ScoreReport> => {
  const now = ports.clock.now();
  const errors: unknown[] = [];
  const [before, brakeBefore, pauseBefore, loaded] = await Promise.all([
    ports.evaluations.get(),
    ports.brakes.get(),
    ports.pauses.get(),
    loadFleet(ports, policy.health, now, errors),
  ]);
  const next = evaluate(loaded, { brake: brakeBefore, pause: pauseBefore }, policy, now);
  const { nodes, brake, pause, fleet } = next;
  const isMine =
    (brake === undefined || (await ports.brakes.put(brake, brakeBefore?.revision))) &&
    (await ports.pauses.put(pause, pauseBefore?.revision));
  if (!isMine) throw new TransientError('another evaluation was faster: the next minute evaluates again');
  const written = await recordNodes(ports, nodes ?? [], errors);
  let told = before?.told;
  try {
    await announceHealth(ports, { nodes: written, brake, pause, fleet }, told);
    told = { until: toTimestamp(now), level: fleet.level };
  } catch (error) {
    errors.push(error);
  }
  const published = await publishFile(ports, fleet, before, now, errors);
  await ports.evaluations.put(
    { fleet, told: told ?? NOTHING_TOLD, ...(published && { published }) },
    before?.revision,
  );
  return { fleet, nodes, errors };
};

export type { ScorePolicy, ScoreReport };
export { scoreHealth };
