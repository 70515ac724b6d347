import { stringify } from 'yaml';
import * as z from 'zod';
import type { PastConfig } from '../../lib/config/applied-config.ts';
import { parsePath } from '../../lib/config/config-path.ts';
import { describeUnknownPath } from '../../lib/config/describe-issue.ts';
import { findPolicy } from '../../lib/config/set-policy.ts';
import { PermanentError } from '../../lib/errors.ts';
import { explainIdleSetting } from '../../lib/idle/idle-policy.ts';
import { IDLE_SETTINGS } from '../../lib/idle/idle-settings.ts';
import { nodeIdSchema } from '../../lib/ids.ts';
import { asUsage } from '../as-usage.ts';
import type { Context, Session } from '../context.ts';
import { UsageError } from '../exit.ts';
import { formatTimestamp } from '../output/timestamp.ts';
import { wholeNumberSchema } from '../whole-number.ts';

const policyShowSchema = z.object({
  path: z.string().min(1).optional(),
  effective: nodeIdSchema.optional(),
  at: wholeNumberSchema(0).optional(),
});

const describeVersion = ({ version, applied }: PastConfig): string =>
  applied === undefined
    ? 'Nothing was ever applied: every default holds.'
    : `Version ${version}, applied ${formatTimestamp(applied.appliedAt)} by ${applied.appliedBy}: ${applied.reason}`;

const load = async ({ stores }: Context, at: number | undefined): Promise<PastConfig> => {
  const found = at === undefined ? await stores.configs.current() : await stores.configs.get(at);
  if (found === undefined)
    throw new PermanentError(`there never was a version ${at}: \`drover policy history\` lists them`);
  return found;
};

const showEffective = async (nodeId: string, past: PastConfig, session: Session): Promise<void> => {
  const { stores } = await session.connect();
  const node = await stores.nodes.get(nodeId);
  if (node === undefined) throw new PermanentError(`there is no node ${nodeId}: see \`drover nodes list\``);
  const settings = IDLE_SETTINGS.map((setting) => ({
    setting,
    ...explainIdleSetting(past.config.idle, node, setting),
  }));
  const { provider, role, labels } = node;
  session.screen.show({ version: past.version, nodeId, provider, role, labels, settings }, () =>
    [
      session.screen.table(
        ['SETTING', 'VALUE', 'FROM'],
        settings.map(({ setting, value, from }) => [setting, String(value), from]),
      ),
      `${nodeId}: provider ${provider}, role ${role}, labels ${
        Object.entries(labels)
          .map(([key, value]) => `${key}=${value}`)
          .join(', ') || 'none'
      }`,
    ].join('\n'),
  );
};

/** Whether a mapping or list holds nothing but empty ones. */
const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.values(value).every(isEmpty);

/** Sections without anything in them say nothing. */
const writtenOf = ({ config }: PastConfig): Record<string, unknown> =>
  Object.fromEntries(Object.entries(config).filter(([, section]) => !isEmpty(section)));

const showPath = (path: string, past: PastConfig, { screen }: Session): void => {
  const value = asUsage(() => findPolicy(past.config, path));
  if (value === undefined) {
    const unknown = describeUnknownPath(parsePath(path));
    if (unknown !== undefined) throw new UsageError(unknown);
    throw new PermanentError(
      `${path} is not set in version ${past.version}: what is weaker holds (\`--effective <nodeId>\` shows it for a node)`,
    );
  }
  screen.show({ version: past.version, path, value }, () => stringify(value).trimEnd());
};

const showPolicy = async (input: z.infer<typeof policyShowSchema>, session: Session): Promise<void> => {
  const { path, effective } = input;
  if (path !== undefined && effective !== undefined)
    throw new UsageError('give a path or --effective, not both');
  const past = await load(await session.connect(), input.at);
  if (effective !== undefined) return showEffective(effective, past, session);
  if (path !== undefined) return showPath(path, past, session);
  const written = writtenOf(past);
  const { version, applied } = past;
  session.screen.note(describeVersion(past));
  session.screen.show({ version, ...applied, config: written }, () =>
    Object.keys(written).length === 0 ? 'Nothing is set.' : stringify(written).trimEnd(),
  );
};

export { policyShowSchema, showPolicy };
