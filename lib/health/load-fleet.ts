import { LISTED_PROVIDERS } from '../constants.ts';
import type { Hold } from '../holds/hold.ts';
import { listFleet } from '../nodes/list-fleet.ts';
import type { Node } from '../nodes/node.ts';
import type { InstanceStatus } from '../providers/instance.ts';
import type { Pace } from '../providers/pace.ts';
import { listingTrust } from '../providers/provider-state.ts';
import { type DataHealth, dataHealthOf } from '../replication/data-health.ts';
import { addSeconds } from '../time.ts';
import { circuitState } from './circuit.ts';
import type { CircuitFact, HealthFacts } from './decide-health-score.ts';
import type { HealthPolicy } from './health-policy.ts';
import { known, type Reading, unknown } from './reading.ts';
import type { ScorePorts } from './score-ports.ts';

/** The provider's word about an instance; `gone` = its listings lack it. */
type InstanceWords = ReadonlyMap<string, InstanceStatus | 'gone'>;

interface LoadedFleet extends Pick<HealthFacts, 'circuits' | 'errors' | 'recoveries'> {
  /** Expected nodes: active or draining. Those that ended, or are ended on purpose, count nowhere. */
  readonly nodes: Reading<readonly Node[]>;
  /** By provider and instance id, of the providers with a fresh listing. */
  readonly words: InstanceWords;
  readonly holds: Reading<readonly Hold[]>;
  /** Messages in the reports queue that nobody has taken yet. */
  readonly reportsWaiting: Reading<number>;
  /** How safe the data is; undefined = unknown. */
  readonly data: DataHealth | undefined;
}

const wordKey = (provider: string, instanceId: string): string => `${provider}/${instanceId}`;

const loadWords = async ({ instances, states }: ScorePorts, now: Date): Promise<InstanceWords> => {
  const fresh = (await states.list()).filter((state) => listingTrust(state, now) === 'fresh');
  const lists = await Promise.all(fresh.map(({ provider }) => instances.list(provider)));
  return new Map(
    lists
      .flat()
      .map(({ instance, goneAt }) => [
        wordKey(instance.provider, instance.instanceId),
        goneAt === undefined ? instance.status : 'gone',
      ]),
  );
};

/** A breaker whose time is over waits for the next request: that is half-open, whoever comes. */
const breakerState = ({ breaker, breakerUntil }: Pace, now: Date): CircuitFact['state'] =>
  breaker === 'open' && breakerUntil !== undefined && new Date(breakerUntil) <= now ? 'half-open' : breaker;

const loadCircuits = async (
  { paces, outcomes }: ScorePorts,
  policy: HealthPolicy,
  now: Date,
): Promise<CircuitFact[]> => {
  const ofProviders = LISTED_PROVIDERS.map(async (provider) =>
    (await paces.list(provider)).map(({ bucket, pace }) => ({
      name: `${provider}/${bucket}`,
      state: breakerState(pace, now),
      critical: false,
    })),
  );
  const ofStages = (await outcomes.listCircuits()).map((circuit) => ({
    name: circuit.stage,
    state: circuitState(circuit, policy.circuit, now),
    critical: true,
  }));
  return [...(await Promise.all(ofProviders)).flat(), ...ofStages];
};

/**
 * Everything that one evaluation looks at. A part that cannot be read is unknown and its error is collected, so that the rest is
 * still evaluated.
 */
const loadFleet = async (
  ports: ScorePorts,
  policy: HealthPolicy,
  now: Date,
  errors: unknown[],
): Promise<LoadedFleet> => {
  const read = async <Value>(what: string, work: Promise<Value>): Promise<Reading<Value>> => {
    try {
      return known(await work);
    } catch (error) {
      errors.push(error);
      return unknown(`${what} could not be read`);
    }
  };
  const { errorWindowSeconds, recoveryWindowSeconds } = policy.score;
  const [nodes, words, circuits, marks, recoveries, holds, reportsWaiting, copies] = await Promise.all([
    read('the nodes', listFleet(ports.nodes, ['active', 'draining'])),
    read("the providers' listings", loadWords(ports, now)),
    read('the circuits', loadCircuits(ports, policy, now)),
    read('the errors', ports.outcomes.listErrors(addSeconds(now, -errorWindowSeconds))),
    read('the recoveries', ports.outcomes.listRecoveries(addSeconds(now, -recoveryWindowSeconds))),
    read('the holds', ports.holds.listLive(now)),
    read('the length of the reports queue', ports.reportsWaiting()),
    read('the count of copies', ports.replication.report()),
  ]);
  return {
    nodes,
    words: words.known ? words.value : new Map(),
    circuits,
    errors: marks,
    recoveries,
    holds,
    reportsWaiting,
    data: copies.known ? dataHealthOf(copies.value, now) : undefined,
  };
};

export type { InstanceWords, LoadedFleet };
export { loadFleet, wordKey };
