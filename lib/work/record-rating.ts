import { assertNever, InvariantError, PermanentError, TransientError } from '../errors.ts';
import type { SeenEvents } from '../events/seen-events.ts';
import { nearNames } from '../near-names.ts';
import type { Clock } from '../time.ts';
import type { CampaignStore } from './campaign.ts';
import { decideRating, type Rating, type RatingReason } from './decide-rating.ts';
import type { RatingEvent } from './rating-event.ts';
import type { WorkConfig } from './work-config.ts';

interface RatingPorts {
  readonly campaigns: Pick<CampaignStore, 'get' | 'put'>;
  readonly seen: SeenEvents;
  readonly clock: Clock;
  readonly actor: string;
}

const MAX_TRIES = 4;

const write = async (
  { campaigns, clock }: RatingPorts,
  rating: Rating,
  config: WorkConfig['campaigns'][string],
): Promise<RatingReason> => {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const before = await campaigns.get(rating.campaignId);
    const { action, reason, evidence } = decideRating(before, rating, config, clock.now());
    switch (action) {
      case 'refuse':
        throw new PermanentError(evidence.message);
      case 'ignore':
        return reason;
      case 'record':
        if (evidence.next === undefined) throw new InvariantError('a rating is recorded, but says not what');
        if (await campaigns.put(evidence.next, before?.revision)) return reason;
        break;
      default:
        assertNever(action);
    }
  }
  throw new TransientError(`${rating.campaignId} changed ${MAX_TRIES} times meanwhile: the event comes back`);
};

/**
 * Takes a rating into its campaign's state. What was done in full is marked last; a repeat comes to the same state.
 * @throws PermanentError when there is no such campaign, or the rating cannot be right
 */
const recordRating = async (
  ports: RatingPorts,
  { eventId, rating }: RatingEvent,
  { campaigns }: Pick<WorkConfig, 'campaigns'>,
): Promise<RatingReason> => {
  const config = Object.hasOwn(campaigns, rating.campaignId) ? campaigns[rating.campaignId] : undefined;
  if (config === undefined) {
    const near = nearNames(rating.campaignId, Object.keys(campaigns));
    throw new PermanentError(
      `there is no campaign ${rating.campaignId}${near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`} \`drover campaigns list\` shows them`,
    );
  }
  if (await ports.seen.wasSeen(ports.actor, eventId)) return 'already-known';
  const reason = await write(ports, rating, config);
  await ports.seen.markSeen(ports.actor, eventId);
  return reason;
};

export type { RatingPorts };
export { recordRating };
