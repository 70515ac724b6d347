import type * as z from 'zod';
import { type WorkConfig, workConfigSchema } from '../../lib/work/work-config.ts';

type Written = z.input<typeof workConfigSchema>;
type WrittenCampaign = NonNullable<Written['campaigns']>[string];

interface WorkChange {
  readonly section?: Written;
  readonly campaign?: Partial<WrittenCampaign>;
  readonly mix?: WrittenCampaign['mix'];
}

/** Three templates and one campaign, `hex8`, with the mix of 60, 30 and 10 percent. */
const writeWork = ({ section, campaign, mix }: WorkChange = {}): Written => ({
  templates: {
    selfplay: {
      jobType: 'selfplay',
      command: ['selfplay', '--games', '{games}', '--seed', '{seed}'],
      parameters: {
        games: { type: 'integer', minimum: 1, maximum: 500, default: 50 },
        board: { type: 'string', oneOf: ['hex8', 'sq8'], default: 'hex8' },
        note: { type: 'string', default: 'none' },
        seed: { type: 'integer', minimum: 0 },
      },
      requires: { gpus: 1 },
    },
    training: { jobType: 'training', command: ['train'], requires: { gpus: 1 } },
    tournament: { jobType: 'tournament', command: ['tournament'], requires: { gpus: 1 } },
  },
  campaigns: {
    hex8: {
      mix: mix ?? [
        { template: 'selfplay', share: 0.6, seed: 'seed' },
        { template: 'training', share: 0.3 },
        { template: 'tournament', share: 0.1 },
      ],
      ...campaign,
    },
  },
  ...section,
});

const makeWorkConfig = (change: WorkChange = {}): WorkConfig => workConfigSchema.parse(writeWork(change));

export { makeWorkConfig, writeWork };
