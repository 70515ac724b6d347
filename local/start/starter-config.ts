import type { ConfigStore } from '../../lib/config/config-store.ts';
import { type FleetConfig, fleetConfigSchema } from '../../lib/config/fleet-config.ts';
import { resolveIdlePolicy } from '../../lib/idle/idle-policy.ts';
import type { Clock } from '../../lib/time.ts';
import { CloudError } from '../cloud-error.ts';
import { DEMO_WORK } from './demo-work.ts';
import type { IdleMode } from './flags.ts';
import { RESULTS_FOLDER } from './leave-results.ts';

/** Whose instances are simulated. A person's own machines (`static`) keep what is built in. */
const SIMULATED = ['lambda-labs', 'vast', 'runpod'] as const;
type Simulated = (typeof SIMULATED)[number];

const DEFAULT_MODE: IdleMode = 'enforce';

/** The same guards as everywhere, with times that somebody can watch; retention and minimum saving stay as built in. */
const WATCHABLE = {
  idleThresholdSeconds: 60,
  bootGraceSeconds: 30,
  drainPeriodSeconds: 20,
  acknowledgeSeconds: 300,
  terminationGapSeconds: 20,
  dailyTerminationMinimum: 20,
};

type Providers = FleetConfig['idle']['providers'];

const withMode = (providers: Providers, mode: IdleMode): Providers => ({
  ...providers,
  ...Object.fromEntries(SIMULATED.map((provider) => [provider, { ...providers?.[provider], mode }])),
});

const starterConfig = (mode: IdleMode): FleetConfig =>
  fleetConfigSchema.parse({
    idle: { ...WATCHABLE, providers: withMode(undefined, mode) },
    data: { claim: [{ glob: `${RESULTS_FOLDER}/**`, kind: 'other', name: 'results' }] },
    work: DEMO_WORK,
  });

/** What idle shutdown does with the instances of each simulated provider, and after how long. */
const idleModes = ({
  idle,
}: FleetConfig): { readonly provider: Simulated; readonly mode: IdleMode; readonly afterSeconds: number }[] =>
  SIMULATED.map((provider) => {
    const policy = resolveIdlePolicy(idle, { nodeId: '', provider, role: '', labels: {} });
    return { provider, mode: policy.mode, afterSeconds: policy.idleThresholdSeconds };
  });

/**
 * Applies a configuration once; later starts keep what is applied, but for a mode that is asked for. Answers what holds.
 * @throws CloudError when somebody else applies another one at the same moment
 */
const applyStarterConfig = async (
  store: ConfigStore,
  clock: Clock,
  asked: IdleMode | undefined,
): Promise<FleetConfig> => {
  const { version, config, revision } = await store.current();
  const isAsked = asked === undefined || idleModes(config).every(({ mode }) => mode === asked);
  if (version > 0 && isAsked) return config;
  const next: FleetConfig =
    version === 0
      ? starterConfig(asked ?? DEFAULT_MODE)
      : {
          ...config,
          idle: { ...config.idle, providers: withMode(config.idle.providers, asked ?? DEFAULT_MODE) },
        };
  const isApplied = await store.put(
    {
      version: version + 1,
      appliedAt: clock.now().toISOString(),
      appliedBy: 'npm start',
      reason: version === 0 ? 'the first start of the embedded cloud' : `npm start -- --idle ${asked}`,
      config: next,
    },
    revision,
  );
  if (!isApplied) throw new CloudError('somebody else changed the configuration meanwhile: start again');
  return next;
};

const ENDS: Readonly<Record<IdleMode, string>> = {
  enforce: 'are terminated',
  observe: 'are only named, not terminated',
  off: 'are left alone',
};

/** In one line, before anything runs: what will happen to instances that are idle. */
const announceIdle = (mode: IdleMode = DEFAULT_MODE): string =>
  mode === 'enforce'
    ? 'Idle nodes are terminated here after about a minute (all instances are simulated; --idle observe or off keeps them).'
    : `Idle nodes ${ENDS[mode]} here (--idle ${mode}).`;

/** The same of what is applied, in a few words. */
const summarizeIdle = (config: FleetConfig): string => {
  const modes = idleModes(config).map(({ provider, mode, afterSeconds }) => ({
    provider,
    what: mode === 'off' ? 'idle nodes are left alone' : `idle nodes ${ENDS[mode]} after ${afterSeconds} s`,
  }));
  const [first] = modes;
  return first !== undefined && modes.every(({ what }) => what === first.what)
    ? first.what
    : modes.map(({ provider, what }) => `${provider}: ${what}`).join('; ');
};

export { announceIdle, applyStarterConfig, starterConfig, summarizeIdle };
