import { decideHold } from '../../lib/holds/decide-hold.ts';
import { type CampaignProgress, describeProgress } from '../../lib/work/campaign-metrics.ts';
import { entitlements, type ShareFactors, shareFactors } from '../../lib/work/campaign-shares.ts';
import { limitMeanings } from '../../lib/work/limit-meanings.ts';
import type { PopulatedEntry } from '../../lib/work/population.ts';
import type { Session } from '../context.ts';
import type { Screen } from '../output/screen.ts';
import { formatTimestamp } from '../output/timestamp.ts';

/** One campaign, as everything that is known of it says. */
interface CampaignView extends CampaignProgress {
  readonly campaignId: string;
  readonly state: 'runs' | 'met' | 'paused';
  /** The hold that pauses it. */
  readonly pausedBy?: string;
  readonly entitlement: number;
  readonly factors: ShareFactors;
  /** As the last cycle of populate-queue counted; absent: it did not know the campaign yet. */
  readonly entries?: readonly PopulatedEntry[];
}

/** All campaigns that are applied, in the order of the file. */
const readCampaigns = async (session: Session): Promise<CampaignView[]> => {
  const { stores } = await session.connect();
  const now = session.io.clock.now();
  const { campaigns } = (await stores.configs.current()).config.work;
  const [states, population, holds] = await Promise.all([
    stores.campaigns.list(Object.keys(campaigns)),
    stores.populations.get(),
    stores.holds.listLive(now),
  ]);
  const shares = entitlements(campaigns, states, now);
  const stateOf = new Map(states.map((state) => [state.campaignId, state]));
  const cycleOf = new Map(population?.campaigns.map((campaign) => [campaign.campaignId, campaign]));
  return Object.entries(campaigns).map(([campaignId, campaign]) => {
    const state = stateOf.get(campaignId);
    const progress = describeProgress(campaign, state, now);
    const hold = decideHold(holds, ['pause', 'stop'], [`campaign:${campaignId}`]);
    const isPaused = hold.action === 'hold';
    const entries = cycleOf.get(campaignId)?.entries;
    return {
      campaignId,
      state: isPaused ? 'paused' : progress.isMet ? 'met' : 'runs',
      ...(isPaused && { pausedBy: hold.evidence.message }),
      ...progress,
      entitlement: shares[campaignId] ?? 0,
      factors: shareFactors(campaign, state, now),
      ...(entries && { entries }),
    };
  });
};

const number = (value: number | undefined, digits = 1): string =>
  value === undefined ? '?' : String(Number(value.toFixed(digits)));

const tintState = (screen: Screen, state: CampaignView['state']): string => {
  if (state === 'met') return screen.good(state);
  return state === 'paused' ? screen.warn(state) : state;
};

const sumOf = (entries: readonly PopulatedEntry[] | undefined, key: 'waiting' | 'running'): string =>
  entries === undefined ? '?' : String(entries.reduce((sum, entry) => sum + entry[key], 0));

const campaignTable = (screen: Screen, campaigns: readonly CampaignView[]): string =>
  screen.table(
    ['CAMPAIGN', 'STATE', 'METRIC', 'BEST', 'TARGET', 'PER DAY', 'REACHED BY', 'SHARE', 'WAITING', 'RUNNING'],
    campaigns.map((view) => [
      view.campaignId,
      tintState(screen, view.state),
      view.metric ?? '-',
      view.metric === undefined ? '-' : number(view.best),
      view.metric === undefined ? '-' : number(view.target),
      view.metric === undefined ? '-' : number(view.velocityPerDay),
      view.etaAt === undefined ? '-' : formatTimestamp(view.etaAt),
      `${number(view.entitlement * 100)} %`,
      sumOf(view.entries, 'waiting'),
      sumOf(view.entries, 'running'),
    ]),
  );

const describeTarget = (view: CampaignView): string[] => {
  if (view.metric === undefined) return ['It has no target.'];
  const best =
    view.bestAt === undefined
      ? 'not measured yet'
      : `best ${number(view.best)} (${formatTimestamp(view.bestAt)}), ${number(view.gap)} to go`;
  const velocity =
    view.velocityPerDay === undefined
      ? 'its velocity is not known: two measurements of the last 7 days are needed'
      : `${number(view.velocityPerDay)} per day over the last 7 days`;
  const eta = view.etaAt === undefined ? '' : `; reached by ${formatTimestamp(view.etaAt)} if that goes on`;
  return [
    `Target ${view.metric} ${number(view.target)}: ${best}`,
    `  ${velocity}${eta}`,
    ...(view.samples === undefined ? [] : [`  ${number(view.samples, 0)} samples`]),
  ];
};

const describeCampaign = (screen: Screen, view: CampaignView): string => {
  const { weight, distance, staleness, deficit } = view.factors;
  return [
    `${screen.strong(view.campaignId)} ${tintState(screen, view.state)}`,
    ...(view.pausedBy === undefined ? [] : [screen.warn(`  ${view.pausedBy}`)]),
    ...describeTarget(view),
    `Share ${number(view.entitlement * 100)} %: weight ${number(weight, 3)} × distance to the target ${number(distance, 2)} × staleness ${number(staleness, 2)} × lack of data ${number(deficit, 2)}, beside the others`,
    view.entries === undefined
      ? 'populate-queue has not seen it yet: it runs each minute.'
      : screen.table(
          ['TEMPLATE', 'CLASS', 'WAITING', 'RUNNING', 'NEEDED', 'MADE', 'WHY NO MORE'],
          view.entries.map((entry) => [
            entry.template,
            entry.class,
            String(entry.waiting),
            String(entry.running),
            String(entry.needed),
            String(entry.made),
            entry.limitedBy === 'nothing' ? '' : limitMeanings[entry.limitedBy],
          ]),
        ),
  ].join('\n');
};

export type { CampaignView };
export { campaignTable, describeCampaign, readCampaigns };
