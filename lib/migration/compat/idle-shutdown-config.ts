import type { LISTED_PROVIDERS } from '../../constants.ts';
import { PermanentError } from '../../errors.ts';
import { type IdlePolicy, resolveIdlePolicy } from '../../idle/idle-policy.ts';
import type { IdleConfig } from '../../idle/idle-settings.ts';
import { providerSchema } from '../../nodes/node.ts';

type ListedProvider = (typeof LISTED_PROVIDERS)[number];

/** The policy of a provider's nodes, as far as no role, label or node says otherwise. */
const policyOf = (idle: IdleConfig, provider: ListedProvider): IdlePolicy =>
  resolveIdlePolicy(idle, { nodeId: '', provider, role: '', labels: {} });

const SETTINGS = [
  'idleThresholdSeconds',
  'gpuIdlePercent',
  'retain',
  'drainPeriodSeconds',
  'pendingWorkLimit',
] as const;
type Setting = (typeof SETTINGS)[number];

/**
 * What an idle daemon was configured with. In Drover the settings stand in fleet.yaml: one that is changed here, and differs there,
 * is refused when the daemon is started, for it would have no effect.
 */
class IdleShutdownConfig implements Record<Setting, number> {
  readonly provider: ListedProvider;
  /** So long must every signal be idle. */
  idleThresholdSeconds: number;
  gpuIdlePercent: number;
  /** So many nodes per role and GPU type are always kept. */
  retain: number;
  drainPeriodSeconds: number;
  pendingWorkLimit: number;

  /** With Drover's defaults for this provider. @throws PermanentError when Drover ends no instances of it */
  static forProvider(name: string): IdleShutdownConfig {
    const parsed = providerSchema.safeParse(name.toLowerCase());
    if (!parsed.success || parsed.data === 'static')
      throw new PermanentError(`Drover ends no instances of "${name}": write lambda-labs, vast or runpod`);
    return new IdleShutdownConfig(parsed.data);
  }

  private constructor(provider: ListedProvider) {
    const defaults = policyOf({}, provider);
    this.provider = provider;
    this.idleThresholdSeconds = defaults.idleThresholdSeconds;
    this.gpuIdlePercent = defaults.gpuIdlePercent;
    this.retain = defaults.retain;
    this.drainPeriodSeconds = defaults.drainPeriodSeconds;
    this.pendingWorkLimit = defaults.pendingWorkLimit;
  }

  /** What was changed here and is otherwise in fleet.yaml, in words. */
  differencesFrom(idle: IdleConfig): string[] {
    const defaults = policyOf({}, this.provider);
    const applied = policyOf(idle, this.provider);
    return SETTINGS.filter((name) => this[name] !== defaults[name] && this[name] !== applied[name]).map(
      (name) => `idle.providers.${this.provider}.${name} is ${applied[name]}, not ${this[name]}`,
    );
  }
}

export { IdleShutdownConfig, policyOf };
