import type { z } from 'zod';
import type { fleetConfigSchema } from '../../lib/config/fleet-config.ts';
import type { Load } from '../providers/load.ts';

type WorkSection = NonNullable<z.input<typeof fleetConfigSchema>['work']>;

/** Machines that work have this label, and only they play: the idle ones stay idle. */
const PLAYS_LABEL = { plays: 'yes' } as const;

/** A campaign with one job of some seconds on each machine that works: enough to see work flow, too little to be in the way. */
const DEMO_WORK: WorkSection = {
  templates: {
    'play-games': {
      jobType: 'selfplay',
      // Beside the other programs of a simulated machine, in its PATH.
      command: ['play-games.mjs', '--games={games}', '--seed={seed}'],
      parameters: {
        games: { type: 'integer', minimum: 1, maximum: 1000, default: 40 },
        seed: { type: 'integer', minimum: 0, default: 0 },
      },
      requires: { gpus: 1, labels: PLAYS_LABEL },
      timeLimitSeconds: 600,
      evidence: { gamesPlayed: { minimum: 1 } },
      outputs: [{ glob: 'games.jsonl', kind: 'games', name: 'demo-games' }],
    },
  },
  campaigns: { demo: { mix: [{ template: 'play-games', share: 1, seed: 'seed' }], maximum: 12 } },
};

/** What the agent of a machine is told of itself, by what the machine is busy with when it boots. */
const workEnvironment = ({ gpuPercent }: Load): Record<string, string> =>
  gpuPercent === 0
    ? {}
    : {
        DROVER_LABELS: Object.entries(PLAYS_LABEL)
          .map((pair) => pair.join('='))
          .join(','),
      };

export { DEMO_WORK, workEnvironment };
