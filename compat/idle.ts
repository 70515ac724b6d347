import { IdleShutdownDaemon } from '../lib/migration/compat/idle-daemon.ts';
import { IdleShutdownConfig } from '../lib/migration/compat/idle-shutdown-config.ts';
import { deprecated } from './deprecated.ts';
import { type Options, open } from './installation.ts';

class UnifiedIdleShutdownDaemon extends IdleShutdownDaemon {
  constructor({ config, ...options }: Options & { readonly config: IdleShutdownConfig }) {
    super(config, open(options));
  }
}

const daemonOf =
  (provider: string) =>
  (options?: Options): UnifiedIdleShutdownDaemon =>
    new UnifiedIdleShutdownDaemon({ ...options, config: IdleShutdownConfig.forProvider(provider) });

/** @deprecated Use the section `idle` of fleet.yaml. */
const createLambdaIdleDaemon = deprecated('createLambdaIdleDaemon', daemonOf('lambda'));
/** @deprecated Use the section `idle` of fleet.yaml. */
const createVastIdleDaemon = deprecated('createVastIdleDaemon', daemonOf('vast'));
/** @deprecated Use the section `idle` of fleet.yaml. */
const createRunpodIdleDaemon = deprecated('createRunpodIdleDaemon', daemonOf('runpod'));

export {
  createLambdaIdleDaemon,
  createRunpodIdleDaemon,
  createVastIdleDaemon,
  IdleShutdownConfig,
  UnifiedIdleShutdownDaemon,
};
