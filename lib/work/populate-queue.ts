import { createHash } from 'node:crypto';
import { throwCollected } from '../collected-errors.ts';
import { InvariantError, TransientError } from '../errors.ts';
import type { NewEvent, Publisher } from '../events/publisher.ts';
import { derivedId } from '../ids.ts';
import { runLimited } from '../run-limited.ts';
import type { Clock } from '../time.ts';
import { decidePopulation, type PopulationRequest } from './decide-population.ts';
import { type AppliedPolicies, loadPopulation, type PopulationReads } from './load-population.ts';
import { makeWorkItem } from './make-work-item.ts';
import type { Parameter } from './parameter.ts';
import type { NextPopulation, Population, PopulationStore } from './population.ts';
import { submitWork } from './submit-work.ts';
import type { WorkConfig } from './work-config.ts';
import type { WorkItem } from './work-item.ts';
import type { WorkStore } from './work-store.ts';

interface PopulatePorts extends PopulationReads {
  readonly work: Pick<WorkStore, 'countSince' | 'get' | 'create'>;
  readonly populations: PopulationStore;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly actor: string;
}

interface PopulateReport {
  readonly population: NextPopulation;
  readonly made: number;
  /** What could not be read; everything else was done. */
  readonly errors: readonly unknown[];
}

const ITEMS_PER_SUBMISSION = 25;
const PARALLEL_SUBMISSIONS = 8;
const MINUTE_MILLISECONDS = 60_000;
/** Seeds of most programs are 31 bits. */
const MAX_SEED = 2 ** 31 - 1;

/** Follows from the job's id: a repeat of the cycle makes the same job. */
const seedOf = (
  workId: string,
  { minimum = 0, maximum }: Extract<Parameter, { type: 'integer' }>,
): number => {
  const most = maximum ?? Math.max(minimum, MAX_SEED);
  const number = createHash('sha256').update(workId).digest().readUIntBE(0, 6);
  return minimum + (number % (most - minimum + 1));
};

const seedFor = (
  { campaignId, template }: PopulationRequest,
  workId: string,
  { campaigns, templates }: WorkConfig,
): WorkItem['parameters'] => {
  const seed = campaigns[campaignId]?.mix.find((entry) => entry.template === template)?.seed;
  const parameter = seed === undefined ? undefined : templates[template]?.parameters[seed];
  return seed !== undefined && parameter?.type === 'integer' ? { [seed]: seedOf(workId, parameter) } : {};
};

/** A cycle that is repeated within its minute makes the same items, and so none twice. */
const makeItems = (request: PopulationRequest, config: WorkConfig, actor: string, now: Date): WorkItem[] => {
  const { campaignId, template, count } = request;
  const entry = config.campaigns[campaignId]?.mix.find((known) => known.template === template);
  if (entry === undefined) throw new InvariantError(`${campaignId} has no ${template} in its mix`);
  const minute = Math.floor(now.getTime() / MINUTE_MILLISECONDS);
  return Array.from({ length: count }, (_, index) => {
    const workId = derivedId('w', 'populate', campaignId, template, minute, index);
    const parameters = { ...entry.parameters, ...seedFor(request, workId, config) };
    return makeWorkItem(config, { template, parameters, campaignId }, { workId, createdBy: actor, now });
  });
};

const submit = async (ports: PopulatePorts, items: readonly WorkItem[]): Promise<number> => {
  const chunks = Array.from({ length: Math.ceil(items.length / ITEMS_PER_SUBMISSION) }, (_, index) =>
    items.slice(index * ITEMS_PER_SUBMISSION, (index + 1) * ITEMS_PER_SUBMISSION),
  );
  let made = 0;
  const errors = await runLimited(chunks, PARALLEL_SUBMISSIONS, async (chunk) => {
    made += (await submitWork(ports, chunk)).created.length;
  });
  throwCollected(errors, 'not all work could be made; the next minute makes what is missing then');
  return made;
};

/** How many entries of a class each limit keeps from being made. */
const limitsOf = ({ campaigns }: NextPopulation, workClass: WorkItem['class']): Record<string, number> => {
  const entries = campaigns
    .flatMap((campaign) => campaign.entries)
    .filter((entry) => entry.class === workClass);
  return Object.fromEntries(
    [...Map.groupBy(entries, ({ limitedBy }) => limitedBy)].map(([limit, own]) => [limit, own.length]),
  );
};

/** Told on change only. A repeat of the cycle tells the same events: their ids follow from the last cycle that was written. */
const changesOf = (before: Population | undefined, next: NextPopulation): NewEvent[] => {
  const from = before?.level ?? 'none';
  const revision = before?.revision ?? 0;
  const starved = next.classes.filter(
    (known) =>
      known.starvedSince !== undefined &&
      before?.classes.find((last) => last.class === known.class)?.starvedSince === undefined,
  );
  return [
    ...(from === next.level
      ? []
      : [
          {
            name: 'BackpressureChanged' as const,
            eventId: derivedId('e', 'BackpressureChanged', revision, next.level),
            occurredAt: next.at,
            fields: { from, to: next.level, readings: next.readings },
          },
        ]),
    ...starved.map((known) => ({
      name: 'QueueStarved' as const,
      eventId: derivedId('e', 'QueueStarved', revision, known.class),
      occurredAt: next.at,
      fields: {
        class: known.class,
        freeSlots: known.freeSlots,
        limits: limitsOf(next, known.class),
        since: known.starvedSince ?? next.at,
      },
    })),
  ];
};

/**
 * One cycle: reads, decides, makes the work, tells what changed, and writes last what it came to. A repeat after a crash anywhere counts
 * what is there and makes what is missing.
 * @throws TransientError when work could not be made, or another cycle came in between
 */
const populateQueue = async (ports: PopulatePorts, applied: AppliedPolicies): Promise<PopulateReport> => {
  const now = ports.clock.now();
  const errors: unknown[] = [];
  const facts = await loadPopulation(ports, applied, now, errors);
  const { requests, evidence } = decidePopulation(facts, now);
  const items = requests.flatMap((request) => makeItems(request, applied.work, ports.actor, now));
  const made = await submit(ports, items);
  const changes = changesOf(facts.before, evidence);
  if (changes.length > 0) await ports.publisher.publish(changes);
  if (!(await ports.populations.put(evidence, facts.before?.revision)))
    throw new TransientError('another cycle was faster: the next minute counts anew');
  return { population: evidence, made, errors };
};

export type { PopulatePorts, PopulateReport };
export { populateQueue };
