import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { FUNCTIONS, METRICS, resourceName } from '../lib/constants.ts';
import { type DeepLink, functionLogLink } from './deep-links.ts';
import { DroverAlarm } from './drover-alarm.ts';
import { droverMetric, type MetricSource } from './drover-metric.ts';

/** Two hours of work wait: for some minutes nothing has to be made. */
const UNKNOWN_MINUTES = 5;
/** Longer than a node needs to learn a new template, and a cycle to make its work. */
const STARVED_MINUTES = 10;
/** What waits is brought to safety, or used up, in less. */
const STOPPED_MINUTES = 60;
/** The number of `stop`. */
const STOP_LEVEL = 2;
/** One reading that fails is tried again a minute later. */
const OPENED_MINUTES = 2;
const OPENED_WINDOW_MINUTES = 5;
/** Whoever starts work asks the gate that fails open. */
const GATE_KEEPERS = [FUNCTIONS.dispatchWork, FUNCTIONS.populateQueue] as const;

/** What keeps the fleet from being fed, and what should have kept it. */
class WorkAlarms extends Construct {
  readonly #source: MetricSource;
  readonly #log: DeepLink;

  /** @param source the function that populates the queue */
  constructor(scope: Construct, id: string, stage: string, source: MetricSource) {
    super(scope, id);
    this.#source = source;
    this.#log = functionLogLink(this, resourceName(stage, source));
    this.#depthUnknown();
    this.#starved();
    this.#stopped();
    for (const keeper of GATE_KEEPERS) this.#gateOpen(stage, keeper);
  }

  #depthUnknown(): void {
    new DroverAlarm(this, 'DepthUnknown', {
      name: 'queue-depth-unknown',
      severity: 'warning',
      means: `For ${UNKNOWN_MINUTES} minutes it has not been known how much work waits, or what nodes can take: none is made.`,
      firstLook: 'the log of the function: which table could not be read?',
      section: 'queue-depth-unknown',
      links: [this.#log],
      metric: droverMetric({ name: METRICS.queueDepthUnknown, source: this.#source, statistic: 'Minimum' }),
      breaches: { above: 0 },
      periods: UNKNOWN_MINUTES,
      missingData: {
        treat: TreatMissingData.IGNORE,
        because: 'only a cycle can tell, and a schedule that stands still has its own alarm',
      },
    });
  }

  #starved(): void {
    new DroverAlarm(this, 'Starved', {
      name: 'queue-starved',
      severity: 'warning',
      means: `For ${STARVED_MINUTES} minutes nodes have been idle and there was no work for them, although campaigns have such work.`,
      firstLook: 'npx drover queue explain: what limits each campaign?',
      section: 'queue-starved',
      links: [this.#log],
      metric: droverMetric({ name: METRICS.starvedClasses, source: this.#source, statistic: 'Minimum' }),
      breaches: { above: 0 },
      periods: STARVED_MINUTES,
      missingData: {
        treat: TreatMissingData.IGNORE,
        because: 'only a cycle that knows the queue can tell',
      },
    });
  }

  #stopped(): void {
    new DroverAlarm(this, 'Stopped', {
      name: 'backpressure-stop',
      severity: 'warning',
      means: `For ${STOPPED_MINUTES} minutes no work has been made, because what was made before waits downstream.`,
      firstLook: 'npx drover queue status: which source says stop?',
      section: 'backpressure-stop',
      links: [this.#log],
      metric: droverMetric({ name: METRICS.backpressureLevel, source: this.#source, statistic: 'Minimum' }),
      breaches: { above: STOP_LEVEL - 1 },
      periods: STOPPED_MINUTES,
      missingData: {
        treat: TreatMissingData.IGNORE,
        because: 'only a cycle can tell',
      },
    });
  }

  #gateOpen(stage: string, keeper: (typeof GATE_KEEPERS)[number]): void {
    new DroverAlarm(this, `GateOpen-${keeper}`, {
      name: `${keeper}-gate-open`,
      severity: 'warning',
      means: `In ${OPENED_MINUTES} of ${OPENED_WINDOW_MINUTES} minutes ${keeper} could not read a hold or the pause, and let work start all the same. Nothing is destroyed by that, but a pause may be ignored.`,
      firstLook: 'npx drover holds and npx drover health: which of them fails, and with what error?',
      section: 'work-gate-open',
      links: [functionLogLink(this, resourceName(stage, keeper))],
      metric: droverMetric({ name: METRICS.workGateOpened, source: keeper, statistic: 'Sum' }),
      breaches: { above: 0 },
      periods: OPENED_WINDOW_MINUTES,
      breaching: OPENED_MINUTES,
      missingData: {
        treat: TreatMissingData.NOT_BREACHING,
        because: 'the metric is only written when the gate lets work pass unread',
      },
    });
  }
}

export { WorkAlarms };
