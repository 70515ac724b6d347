import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { AwsError } from './aws-error.ts';
import { type EventBridgeEvent, openEventJournal } from './event-journal.ts';
import { matchesPattern } from './event-pattern.ts';
import { operationOf, parseInput, readJsonBody, refuseAsJson, sendJson } from './json-protocol.ts';
import { bytesOf, DEFAULT_BUS, MAX_CALL_BYTES, putEventsSchema, toEvent } from './put-events.ts';
import type { Service } from './service.ts';

interface RuleTarget {
  readonly id: string;
  readonly arn: string;
  readonly deadLetterArn?: string;
}

interface EventRule {
  readonly busName: string;
  readonly name: string;
  readonly eventPattern: unknown;
  readonly targets: readonly RuleTarget[];
}

/** Brings an event to a target; throwing = it failed for good. A `code` on the error is passed on. */
type Deliver = (ruleArn: string, targetArn: string, event: EventBridgeEvent) => Promise<void>;

interface EventBridgeEmulator {
  createBus(name: string): void;
  /** Adds or replaces a rule. @throws AwsError `InvalidEventPatternException`, `ResourceNotFoundException` (no such bus). */
  putRule(rule: EventRule): void;
  /** Events put before this call, also those of an earlier process, wait for it. */
  onDeliver(deliver: Deliver): void;
  /** Called with each event that is put from now on, once, whatever rules there are. */
  onPut(listener: (event: EventBridgeEvent) => void): void;
}

interface EventBridgeService extends EventBridgeEmulator, Service {
  /** Gives the deliveries under way 2 s; what is not delivered then waits in the journal for the next start. */
  stop(): Promise<void>;
}

interface EventBridgeOptions {
  /** The journal of what is not delivered yet (JSON lines). */
  readonly journalFile: string;
  readonly accountId: string;
  readonly region: string;
  readonly now: () => number;
  readonly log: (line: string) => void;
  /** Puts an undeliverable event into a target's dead-letter queue. */
  readonly deadLetter: (queueArn: string, body: string, attributes: Record<string, string>) => void;
}

/** What deliveries under way have when the cloud stops; the journal keeps the others. */
const STOP_GRACE_MS = 2000;

/** A bus is named by its name or its ARN. */
const busNameOf = (nameOrArn: string): string => nameOrArn.slice(nameOrArn.lastIndexOf('/') + 1);

const codeOf = (error: unknown): string => {
  const parsed = z.object({ code: z.string() }).safeParse(error);
  return parsed.success ? parsed.data.code : 'SDK_CLIENT_ERROR';
};

/**
 * EventBridge: PutEvents and rules by pattern. An accepted event is journalled before the answer and delivered at
 * least once to every target of every matching rule; failed deliveries go to the target's dead-letter queue, or are
 * logged when it has none. A bus that does not exist takes events and drops them, as on AWS.
 */
const startEventBridge = (options: EventBridgeOptions): EventBridgeService => {
  const { accountId, region, now, log } = options;
  const journal = openEventJournal(options.journalFile);
  const rules = new Map<string, Map<string, EventRule>>([[DEFAULT_BUS, new Map()]]);
  const underWay = new Set<Promise<void>>();
  let deliver: Deliver | undefined;
  let waiting = [...journal.undelivered];
  let listener: (event: EventBridgeEvent) => void = () => undefined;

  const ruleArnOf = ({ busName, name }: EventRule): string =>
    `arn:aws:events:${region}:${accountId}:rule/${busName === DEFAULT_BUS ? name : `${busName}/${name}`}`;

  const deliverTo = async (send: Deliver, rule: EventRule, target: RuleTarget, event: EventBridgeEvent) => {
    try {
      await send(ruleArnOf(rule), target.arn, event);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      log(`events: ${event['detail-type']} ${event.id} did not reach ${target.arn}: ${message}`);
      if (target.deadLetterArn === undefined) return;
      options.deadLetter(target.deadLetterArn, JSON.stringify(event), {
        RULE_ARN: ruleArnOf(rule),
        TARGET_ARN: target.arn,
        ERROR_CODE: codeOf(error),
        ERROR_MESSAGE: message,
      });
    }
  };

  const dispatch = (send: Deliver, bus: string, event: EventBridgeEvent): void => {
    const matching = [...(rules.get(bus)?.values() ?? [])].filter((rule) =>
      matchesPattern(rule.eventPattern, event),
    );
    const all = Promise.allSettled(
      matching.flatMap((rule) => rule.targets.map((target) => deliverTo(send, rule, target, event))),
    ).then((results) => {
      const broken = results.find((result) => result.status === 'rejected');
      // Its dead-letter queue is missing: the event stays in the journal, for the next start.
      if (broken === undefined) journal.done(event.id);
      else log(`events: ${event.id} is kept for the next start: ${String(broken.reason)}`);
      underWay.delete(all);
    });
    underWay.add(all);
  };

  return {
    createBus: (name) => {
      if (!rules.has(name)) rules.set(name, new Map());
    },
    putRule: (rule) => {
      matchesPattern(rule.eventPattern, {});
      const bus = rules.get(rule.busName);
      if (bus === undefined) {
        throw new AwsError('ResourceNotFoundException', `Event bus ${rule.busName} does not exist.`);
      }
      bus.set(rule.name, rule);
    },
    onDeliver: (send) => {
      deliver = send;
      for (const { bus, event } of waiting) dispatch(send, bus, event);
      waiting = [];
    },
    onPut: (next) => {
      listener = next;
    },
    serve: async ({ request, response, authorize }) => {
      const operation = operationOf(request);
      const body = await readJsonBody(request);
      if (operation !== 'PutEvents') {
        throw new AwsError(
          'UnknownOperationException',
          `the EventBridge emulator knows PutEvents only, not ${operation}`,
        );
      }
      const { Entries } = parseInput(putEventsSchema, body);
      for (const bus of new Set(Entries.map((entry) => busNameOf(entry.EventBusName)))) {
        await authorize('events:PutEvents', `arn:aws:events:${region}:${accountId}:event-bus/${bus}`);
      }
      const bytes = Entries.reduce((total, entry) => total + bytesOf(entry), 0);
      if (bytes > MAX_CALL_BYTES) {
        throw new AwsError(
          'ValidationException',
          `Total size of the entries in the request is over the limit: ${bytes} bytes, 262144 at most.`,
        );
      }
      const made = Entries.map((entry) => ({
        bus: busNameOf(entry.EventBusName),
        event: toEvent(entry, { accountId, region, nowMs: now() }),
      }));
      const accepted = made.flatMap(({ bus, event }) => ('id' in event ? [{ bus, event }] : []));
      journal.put(accepted);
      sendJson(response, {
        FailedEntryCount: made.length - accepted.length,
        Entries: made.map(({ event }) => ('id' in event ? { EventId: event.id } : event)),
      });
      if (deliver === undefined) waiting.push(...accepted);
      else for (const { bus, event } of accepted) dispatch(deliver, bus, event);
      for (const { event } of accepted) listener(event);
    },
    refuse: refuseAsJson,
    stop: async () => {
      deliver = undefined;
      await Promise.race([Promise.all(underWay), delay(STOP_GRACE_MS, undefined, { ref: false })]);
    },
  };
};

export type { EventBridgeEmulator, EventBridgeService, EventRule };
export { startEventBridge };
