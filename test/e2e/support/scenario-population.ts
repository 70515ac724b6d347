import { randomBytes } from 'node:crypto';
import { fleetConfigSchema } from '../../../lib/config/fleet-config.ts';
import { FUNCTIONS, QUEUES, resourceName } from '../../../lib/constants.ts';
import { LOCAL_STAGE } from '../../../local/synth.ts';
import { applyConfig } from './apply-config.ts';
import type { Check } from './scenario-check.ts';
import { PIPELINE, putEvent } from './scenario-events.ts';
import { enrolNode, heartbeat } from './scenario-node.ts';
import type { Stage } from './scenario-stage.ts';

const populate = FUNCTIONS.populateQueue;
const ratings = FUNCTIONS.recordRatings;
/** A campaign with a template that only one node knows: checks share a cloud. */
const applyCampaign = async ({ cloud, operator }: Stage): Promise<string> => {
  const name = `c${randomBytes(6).toString('hex')}`;
  const { config } = await operator.stores.configs.current();
  const work = {
    ...config.work,
    templates: { ...config.work.templates, [name]: { jobType: 'play' } },
    campaigns: {
      ...config.work.campaigns,
      [name]: { target: { metric: 'elo', value: 2000 }, mix: [{ template: name, share: 1 }] },
    },
  };
  await applyConfig(cloud, fleetConfigSchema.parse({ ...config, work }));
  return name;
};

/** A healthy node that has the template in its own file. */
const enrolWorker = async ({ cloud, operator }: Stage, template: string): Promise<void> => {
  const node = await enrolNode(cloud);
  const { nodeId, bootId } = node;
  node.close();
  const { nodes } = operator.stores;
  const beat = { ...heartbeat, jobTemplates: { [template]: 'own' } };
  await nodes.recordHeartbeat(nodeId, { bootId, seq: 1, heartbeat: beat, sentAt: new Date() });
  const { revision = -1 } = (await nodes.get(nodeId)) ?? {};
  const since = new Date().toISOString();
  await nodes.recordHealth(nodeId, revision, { state: 'healthy', since, reasons: ['beating'] });
};

const populationChecks: readonly Check[] = [
  {
    name: 'work is made for a campaign that a node can work for, told, and explained',
    covers: [`rule ${populate}`, populate],
    cloud: 'still',
    run: async (stage) => {
      const { operator, cloud, until } = stage;
      const campaign = await applyCampaign(stage);
      await enrolWorker(stage, campaign);
      await cloud.tick(resourceName(LOCAL_STAGE, populate));
      const cycle = await operator.stores.populations.get();
      const explained = cycle?.campaigns.find(({ campaignId }) => campaignId === campaign);
      const [made] = await operator.stores.work.listByCampaign(campaign, 1);
      if (made === undefined || explained === undefined)
        throw new Error(`nothing was made for ${campaign}: ${JSON.stringify(cycle)}`);
      await until(
        async () =>
          (await operator.events('WorkSubmitted')).some(({ detail }) => detail['workId'] === made.workId),
        'WorkSubmitted in the events log',
      );
    },
  },
  {
    name: 'a rating of the pipeline is recorded for its campaign',
    covers: [ratings, QUEUES.ratings],
    cloud: 'running',
    run: async (stage) => {
      const { operator, until } = stage;
      const campaignId = await applyCampaign(stage);
      const fields = { campaignId, metric: 'elo', value: 1700 };
      await putEvent(operator, { source: PIPELINE, name: 'RatingUpdated', fields });
      await until(
        async () => (await operator.stores.campaigns.get(campaignId))?.best?.value === 1700,
        `the best value of ${campaignId}`,
      );
    },
  },
  {
    name: 'work is made by itself within each minute',
    covers: [`schedule ${populate}`],
    cloud: 'scheduled',
    run: async ({ operator, untilScheduled }) => {
      await untilScheduled(
        async () => (await operator.stores.populations.get()) !== undefined,
        'a cycle that nobody started',
      );
    },
  },
];

export { populationChecks };
