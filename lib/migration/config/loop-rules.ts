import * as z from 'zod';
import { jobTypeSchema } from '../../work/job-template.ts';
import { leave, type Rule, take } from './rules.ts';
import { NO_EXCLUSION } from './sync-rules.ts';

const whole = z.int().min(0);
const share = z.number().min(0).max(1);
const UNUSED = 'the old populator never read it';
const BOUNDED =
  'depth follows from how fast work is done: `work.horizonSeconds`, between `minimumDepth` and `maximumDepth`';
const BY_SHARE = 'shares of campaigns decide what comes first';

const at = (name: string): string => `queue_populator.${name}`;
/** Read by `readCampaigns`, which sees all of them at once. */
const shape = (name: string, schema: z.ZodType): Rule => take(at(name), schema, () => {});

/** What `unified_loop.yaml` can say. */
const loopRules: readonly Rule[] = [
  leave('auto_sync', NO_EXCLUSION),
  leave('data_aggregation', NO_EXCLUSION),
  take(at('min_queue_depth'), whole, (value, { draft, source }) =>
    draft.set(['work', 'minimumDepth'], value, source),
  ),
  shape('board_types', z.array(z.string().min(1)).min(1)),
  shape('player_counts', z.array(z.int().min(1)).min(1)),
  shape('target_elo', z.number()),
  shape('selfplay_ratio', share),
  shape('training_ratio', share),
  shape('tournament_ratio', share),
  shape('selfplay_games_per_item', whole),
  shape('tournament_games', whole),
  take('curriculum_weights.*', z.number().positive(), () => {}),
  take(at('enabled'), z.boolean(), (value, { leave: leaveOut }) => {
    if (!value) leaveOut('`drover pause` holds back new work, for a time');
  }),
  ...[
    'target_queue_depth',
    'max_batch_per_cycle',
    'max_pending_selfplay',
    'max_pending_training',
    'max_pending_tournament',
    'max_pending_hyperparam_sweep',
    'trickle',
    'partition',
  ].map((name) => leave(at(name), BOUNDED)),
  ...['selfplay_priority', 'training_priority', 'tournament_priority'].map((name) =>
    leave(at(name), BY_SHARE),
  ),
  ...[
    'max_pending_items',
    'selfplay_timeout_seconds',
    'export_priority',
    'export_timeout_seconds',
    'validation_priority',
    'validation_timeout_seconds',
    'min_idle_nodes_to_populate',
    'target_games_per_config',
    'data_gap_priority_boost',
  ].map((name) => leave(at(name), UNUSED)),
  leave(at('check_interval_seconds'), 'work is made once a minute'),
  leave(
    at('min_games_for_training'),
    'training waits for work that must succeed first, not for a count of games',
  ),
  ...['backoff', 'breaker', 'health_log_interval_seconds'].map((name) =>
    leave(at(name), 'work is made by a function that is run again each minute'),
  ),
];

const loopSchema = z.object({
  board_types: z.array(z.string()).catch([]),
  player_counts: z.array(z.int()).catch([]),
  target_elo: z.number().optional().catch(undefined),
  selfplay_ratio: share.default(0.6).catch(0.6),
  training_ratio: share.default(0.3).catch(0.3),
  tournament_ratio: share.default(0.1).catch(0.1),
  selfplay_games_per_item: whole.default(50).catch(50),
  tournament_games: whole.default(50).catch(50),
});

/** The kinds of work of the old populator, with the number of games that one item plays. */
const mixOf = (loop: z.infer<typeof loopSchema>) =>
  [
    { type: 'selfplay', share: loop.selfplay_ratio, games: loop.selfplay_games_per_item },
    { type: 'training', share: loop.training_ratio, games: undefined },
    { type: 'tournament', share: loop.tournament_ratio, games: loop.tournament_games },
  ].filter((entry) => entry.share > 0);

const parameterTypes = (games: number | undefined) => ({
  board: { type: 'string' },
  players: { type: 'integer', minimum: 1 },
  ...(games === undefined ? {} : { games: { type: 'integer', minimum: 1 } }),
});

/** A template without a command runs what the node itself has for this kind of work. */
const templateOf = ({ type, games }: ReturnType<typeof mixOf>[number]) => ({
  jobType: jobTypeSchema.parse(type),
  parameters: parameterTypes(games),
  ...(type === 'training' ? { requires: { gpus: 1 } } : {}),
});

interface CampaignSections {
  readonly templates: Readonly<Record<string, unknown>>;
  readonly campaigns: Readonly<Record<string, unknown>>;
}

/**
 * One campaign for each board and number of players, as the old populator had a "config" for each (`hex8_2p`). Undefined when the
 * file names none.
 * @param weights by campaign
 */
const readCampaigns = (
  populator: unknown,
  weights: Readonly<Record<string, unknown>>,
): CampaignSections | undefined => {
  const parsed = loopSchema.safeParse(populator);
  if (!parsed.success || parsed.data.board_types.length === 0 || parsed.data.player_counts.length === 0)
    return undefined;
  const { board_types: boards, player_counts: counts, target_elo: elo } = parsed.data;
  const mix = mixOf(parsed.data);
  const campaigns = boards.flatMap((board) =>
    counts.map((players) => {
      const name = `${board}_${players}p`;
      const weight = weights[name];
      return [
        name,
        {
          ...(elo === undefined ? {} : { target: { metric: 'elo', value: elo } }),
          ...(typeof weight === 'number' ? { weight } : {}),
          mix: mix.map(({ type, share: part, games }) => ({
            template: type,
            share: part,
            parameters: { board, players, ...(games === undefined ? {} : { games }) },
          })),
        },
      ] as const;
    }),
  );
  return {
    templates: Object.fromEntries(mix.map((entry) => [entry.type, templateOf(entry)])),
    campaigns: Object.fromEntries(campaigns),
  };
};

export { loopRules, readCampaigns };
