import { applyConfig } from '../lib/config/apply-config.ts';
import { describeDangers } from '../lib/config/describe-dangers.ts';
import { type ConfigChange, diffConfig } from '../lib/config/diff-config.ts';
import type { FleetConfig } from '../lib/config/fleet-config.ts';
import type { Session } from './context.ts';
import { UsageError } from './exit.ts';
import type { Screen } from './output/screen.ts';
import { recountArtifacts } from './recount-artifacts.ts';

interface ConfigEdit {
  /** The configuration that shall hold, from the one that holds. */
  readonly edit: (config: FleetConfig) => FleetConfig;
  readonly reason: string;
  /** Ask before anything is written, or only before what cannot be undone. */
  readonly ask: 'always' | 'danger';
  readonly yes: boolean;
  readonly dryRun?: boolean;
}

const renderChanges = (
  screen: Screen,
  changes: readonly ConfigChange[],
  dangers: readonly string[],
): string =>
  [
    screen.table(
      ['SETTING', 'BEFORE', 'AFTER'],
      changes.map(({ path, before, after }) => [path, before ?? '-', after ?? '-']),
    ),
    ...dangers.map((danger) => screen.bad(`WARNING: ${danger}.`)),
  ].join('\n');

/** Shows the difference, asks, and writes the next version: for every command that changes the configuration. */
const changeConfig = async (session: Session, request: ConfigEdit): Promise<void> => {
  const { stores, caller, stage } = await session.connect();
  const { io, screen } = session;
  const before = await stores.configs.current();
  const config = request.edit(before.config);
  const changes = diffConfig(before.config, config);
  const dangers = describeDangers(before.config, config);
  const shown = (applied: boolean, version = before.version) => ({ applied, version, changes, dangers });
  if (changes.length === 0) {
    screen.show(shown(false), () => `Nothing to change: version ${before.version} says the same.`);
    // The last change may have been interrupted before all artifacts were held against it.
    if (request.dryRun !== true) await recountArtifacts(session, before.config);
    return;
  }
  if (request.dryRun) {
    screen.show(shown(false), () => renderChanges(screen, changes, dangers));
    return;
  }
  screen.note(renderChanges(screen, changes, dangers));
  if (!request.yes && (request.ask === 'always' || dangers.length > 0)) {
    const question = `Apply ${changes.length === 1 ? 'this change' : `these ${changes.length} changes`} to version ${before.version} of stage ${stage}?`;
    if (!io.interactive || screen.json)
      throw new UsageError([question, ...dangers, 'Say --yes: there is no terminal to ask on'].join(' '));
    if (!(await io.confirm(question))) {
      screen.show(shown(false), () => 'Nothing was applied.');
      return;
    }
  }
  const { version } = await applyConfig(
    { configs: stores.configs, audit: stores.audit, clock: io.clock, ids: io.ids },
    { before, config, appliedBy: (await caller()).arn, reason: request.reason },
  );
  screen.show(
    shown(true, version),
    () => `Version ${version} is applied. Functions go by it within a minute.`,
  );
  await recountArtifacts(session, config);
};

export { changeConfig };
