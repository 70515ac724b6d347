import type { AuditStore } from '../audit/audit-row.ts';
import { PermanentError } from '../errors.ts';
import type { IdSource } from '../ids.ts';
import { type Clock, toTimestamp } from '../time.ts';
import type { AppliedConfig } from './applied-config.ts';
import type { ConfigStore } from './config-store.ts';
import { type ConfigChange, diffConfig } from './diff-config.ts';
import { type FleetConfig, MAX_CONFIG_BYTES } from './fleet-config.ts';

interface ApplyPorts {
  readonly configs: Pick<ConfigStore, 'put'>;
  readonly audit: AuditStore;
  readonly clock: Clock;
  readonly ids: IdSource;
}

interface ApplyRequest {
  /** The version that the difference was shown against: only this one is replaced. */
  readonly before: AppliedConfig;
  readonly config: FleetConfig;
  /** The caller's ARN. */
  readonly appliedBy: string;
  readonly reason: string;
}

interface Application {
  /** The version that holds now. */
  readonly version: number;
  /** Empty: both say the same, and nothing was written. */
  readonly changes: readonly ConfigChange[];
}

/** So many differences go into an audit row; the versions themselves are all kept. */
const AUDITED_CHANGES = 100;

/**
 * Writes the next version, if the one that the person saw still holds. The audit row is written first, as for holds: a version that
 * nobody can explain is worse than a row without one. When another was faster, a second row takes the first back.
 * @throws PermanentError when another was faster, or it is too large
 */
const applyConfig = async (ports: ApplyPorts, request: ApplyRequest): Promise<Application> => {
  const { before, config, appliedBy, reason } = request;
  const changes = diffConfig(before.config, config);
  if (changes.length === 0) return { version: before.version, changes };
  const bytes = Buffer.byteLength(JSON.stringify(config));
  if (bytes > MAX_CONFIG_BYTES)
    throw new PermanentError(
      `the configuration would have ${bytes} bytes, at most ${MAX_CONFIG_BYTES} are allowed`,
    );
  const version = before.version + 1;
  const appliedAt = toTimestamp(ports.clock.now());
  const record = (
    action: 'apply-config' | 'take-back-apply-config',
    why: string,
    evidence: Record<string, unknown>,
  ): Promise<void> =>
    ports.audit.record({
      auditId: ports.ids.uuid(),
      subject: 'config:fleet',
      at: appliedAt,
      actor: appliedBy,
      action,
      reason: why,
      evidence: { version, ...evidence },
    });
  await record('apply-config', reason, {
    changeCount: changes.length,
    changes: changes.slice(0, AUDITED_CHANGES),
  });
  if (await ports.configs.put({ version, appliedAt, appliedBy, reason, config }, before.revision))
    return { version, changes };
  await record('take-back-apply-config', 'another change was faster: this one was not applied', {});
  throw new PermanentError(
    `the configuration changed meanwhile (it was version ${before.version}), so nothing was applied: look at the difference again`,
  );
};

export type { Application };
export { applyConfig };
