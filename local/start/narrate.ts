import * as z from 'zod';
import type { EventName } from '../../lib/events/catalogue.ts';
import { secondsSince, timestampSchema } from '../../lib/time.ts';

/** An event on the bus, as far as it is told here. */
interface BusEvent {
  readonly 'detail-type': string;
  readonly detail: Readonly<Record<string, unknown>>;
}

interface Narrator {
  /** The line that tells a person of this event; undefined for one that is not worth a line, or was told already. */
  tell(event: BusEvent, at: Date): string | undefined;
}

/** What events about a node can say. A field that is missing, or of another type, is just not told. */
const detailSchema = z.object({
  eventId: z.string().optional().catch(undefined),
  nodeId: z.string().optional().catch(undefined),
  provider: z.string().optional().catch(undefined),
  instanceId: z.string().optional().catch(undefined),
  reason: z.string().optional().catch(undefined),
  blockers: z.array(z.string()).optional().catch(undefined),
  idleSince: timestampSchema.optional().catch(undefined),
  microUsdPerHour: z.number().optional().catch(undefined),
});
type Detail = z.infer<typeof detailSchema>;

const MICRO_USD_PER_USD = 1_000_000;
/** Lambda's ids are twice as long as anybody reads. */
const MAX_ID = 12;
const SHORT_ID = 8;
/** Of events told: far more than come between two repeats of one. */
const REMEMBERED = 1000;

const stops = ({ microUsdPerHour }: Detail): string =>
  microUsdPerHour === undefined ? '' : `; $${(microUsdPerHour / MICRO_USD_PER_USD).toFixed(2)}/h stops`;

const why = ({ reason, blockers = [] }: Detail): string => {
  const reasons = [...new Set([reason ?? [], blockers].flat())];
  return reasons.length === 0 ? '' : ` (${reasons.join(', ')})`;
};

type Story = (detail: Detail, at: Date) => string;

/** By event name, what becomes of the node. */
const STORIES: readonly (readonly [EventName, Story])[] = [
  ['NodeActivated', () => 'is active'],
  ['NodeLost', (detail) => `is lost${why(detail)}`],
  ['NodePreempted', () => 'was taken back by its provider'],
  ['NodeUnmanaged', () => 'costs money and has no agent'],
  [
    'NodeDrainStarted',
    ({ idleSince }, at) =>
      idleSince === undefined
        ? 'is idle: draining'
        : `is idle for ${Math.round(secondsSince(idleSince, at))} s: draining`,
  ],
  ['NodeDrainCancelled', (detail) => `stays: its drain is cancelled${why(detail)}`],
  ['NodeDrainStuck', (detail) => `stays: its drain did not end${why(detail)}`],
  ['NodeTerminating', () => 'is drained, and nothing would be lost: terminating'],
  ['NodeTerminationStuck', (detail) => `has not ended yet, though it was asked to${why(detail)}`],
  ['NodeTerminated', (detail) => `is terminated${stops(detail)}`],
  ['NodeWouldBeTerminated', () => 'is idle: it would be terminated now (observe)'],
];
const STORY_OF = new Map<string, Story>(STORIES);

const shortId = (id: string): string => (id.length <= MAX_ID ? id : `${id.slice(0, SHORT_ID)}…`);

/**
 * Tells in short lines what happens to nodes. `priceOf` answers what an instance costs, where an event does not say.
 */
const createNarrator = (priceOf: (provider: string, instanceId: string) => number | undefined): Narrator => {
  const names = new Map<string, { readonly provider: string; readonly instanceId: string }>();
  const told = new Set<string>();

  const isRepeat = ({ eventId }: Detail): boolean => {
    if (eventId === undefined) return false;
    if (told.has(eventId)) return true;
    told.add(eventId);
    const [oldest] = told;
    if (told.size > REMEMBERED && oldest !== undefined) told.delete(oldest);
    return false;
  };

  return {
    tell: (event, at) => {
      const detail = detailSchema.parse(event.detail);
      const { nodeId = '' } = detail;
      const provider = detail.provider ?? names.get(nodeId)?.provider;
      const instanceId = detail.instanceId ?? names.get(nodeId)?.instanceId;
      if (provider !== undefined && instanceId !== undefined && nodeId !== '') {
        names.set(nodeId, { provider, instanceId });
      }
      const story = STORY_OF.get(event['detail-type']);
      if (story === undefined || isRepeat(detail)) return undefined;
      const isKnown = provider !== undefined && instanceId !== undefined;
      const microUsdPerHour = detail.microUsdPerHour ?? (isKnown ? priceOf(provider, instanceId) : undefined);
      const who = isKnown ? `${provider} ${shortId(instanceId)}` : nodeId;
      return `${at.toTimeString().slice(0, 8)}  ${who} ${story({ ...detail, microUsdPerHour }, at)}`;
    },
  };
};

export type { BusEvent, Narrator };
export { createNarrator };
