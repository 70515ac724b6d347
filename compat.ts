/**
 * `drover/compat`: old names of the daemons that Drover replaces, on the real installation. Each that is deprecated warns once per
 * process; lib/migration/deprecations.ts says which, and docs/users/migrating.md how they behave.
 */

import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { openHealth } from './index.ts';
import { createDynamoAuditStore } from './lib/audit/dynamo-audit-store.ts';
import { createDocumentClient } from './lib/aws/clients.ts';
import { createDynamoConfigStore } from './lib/config/dynamo-config-store.ts';
import { eventsLogGroupName, resourceName, STAGE_PATTERN, TABLES } from './lib/constants.ts';
import { PermanentError } from './lib/errors.ts';
import { createEventBridgePublisher } from './lib/events/publish.ts';
import { subscribe } from './lib/events/subscribe.ts';
import type { HealthFacade, NodeHealthView } from './lib/health/facade.ts';
import type { FleetHealth } from './lib/health/fleet-health.ts';
import { createDynamoHoldStore } from './lib/holds/dynamo-hold-store.ts';
import { randomIds } from './lib/ids.ts';
import type { CompatPorts } from './lib/migration/compat/compat-ports.ts';
import {
  DataType,
  DistributionDaemon,
  type DistributionSettings,
} from './lib/migration/compat/distribution-daemon.ts';
import { EventRouter } from './lib/migration/compat/event-router.ts';
import { IdleShutdownDaemon } from './lib/migration/compat/idle-daemon.ts';
import { IdleShutdownConfig } from './lib/migration/compat/idle-shutdown-config.ts';
import { warnerOf } from './lib/migration/compat/warn-once.ts';
import { systemClock } from './lib/time.ts';

/** Which installation. Credentials, region and endpoint are the AWS SDK's own. */
interface Options {
  /** Default: the variable DROVER_STAGE. */
  readonly stage?: string;
}

/** Not one of Drover's own sources: `route-events` validates what old code sends. */
const EVENT_SOURCE = 'compat';

const askCaller = async (): Promise<string> => {
  const { Arn } = await new STSClient({}).send(new GetCallerIdentityCommand({}));
  if (Arn === undefined) throw new PermanentError('STS did not say who the caller is: check the credentials');
  return Arn;
};

const openInstallation = (stage: string): CompatPorts => {
  const documents = createDocumentClient();
  const control = resourceName(stage, TABLES.control);
  return {
    health: openHealth(stage),
    holds: createDynamoHoldStore(documents, control),
    audit: createDynamoAuditStore(documents, resourceName(stage, TABLES.audit)),
    config: createDynamoConfigStore(documents, control),
    publisher: createEventBridgePublisher({
      client: new EventBridgeClient({}),
      busName: resourceName(stage, 'events'),
      source: EVENT_SOURCE,
    }),
    subscribe: (names, handler, signal) =>
      subscribe(
        {
          client: new CloudWatchLogsClient({}),
          group: eventsLogGroupName(stage),
          since: systemClock.now(),
          signal,
        },
        names,
        handler,
      ),
    caller: askCaller,
    get mayControl() {
      return process.env['DROVER_COMPAT_CONTROL'] === '1';
    },
    clock: systemClock,
    ids: randomIds,
  };
};

const opened = new Map<string, CompatPorts>();

const open = ({ stage = process.env['DROVER_STAGE'] }: Options = {}): CompatPorts => {
  if (stage === undefined || !STAGE_PATTERN.test(stage))
    throw new PermanentError(
      `${stage === undefined ? 'no stage was given' : `"${stage}" is no stage`}: set DROVER_STAGE, or the option stage, to the stage that was deployed`,
    );
  const ports = opened.get(stage) ?? openInstallation(stage);
  opened.set(stage, ports);
  return ports;
};

/** What an old name does, with its warning before. */
const deprecated = <Arguments extends unknown[], Result>(
  name: string,
  work: (...args: Arguments) => Result,
): ((...args: Arguments) => Result) => {
  const warn = warnerOf(name, systemClock.now());
  return (...args) => {
    warn();
    return work(...args);
  };
};

class UnifiedIdleShutdownDaemon extends IdleShutdownDaemon {
  constructor({ config, ...options }: Options & { readonly config: IdleShutdownConfig }) {
    super(config, open(options));
  }
}

class UnifiedEventRouter extends EventRouter {
  constructor(options?: Options) {
    super(open(options));
  }
}

class UnifiedDistributionDaemon extends DistributionDaemon {
  constructor({ config, ...options }: Options & { readonly config: DistributionSettings }) {
    super(config, open(options));
  }
}

const warnOfConfig = warnerOf('DistributionConfig', systemClock.now());

/** @deprecated Give the settings to `UnifiedDistributionDaemon` as they are. */
class DistributionConfig implements DistributionSettings {
  readonly dataTypes: ReadonlySet<DataType>;
  readonly minVerified?: number;
  readonly deadlineSeconds?: number;

  constructor({
    dataTypes = Object.values(DataType),
    minVerified,
    deadlineSeconds,
  }: Partial<DistributionSettings> = {}) {
    warnOfConfig();
    this.dataTypes = new Set(dataTypes);
    if (minVerified !== undefined) this.minVerified = minVerified;
    if (deadlineSeconds !== undefined) this.deadlineSeconds = deadlineSeconds;
  }
}

const routers = new Map<CompatPorts, UnifiedEventRouter>();

/** One router per process and stage. */
const getRouter = (options?: Options): UnifiedEventRouter => {
  const ports = open(options);
  const router = routers.get(ports) ?? new UnifiedEventRouter(options);
  routers.set(ports, router);
  return router;
};

const idleDaemonOf =
  (provider: string) =>
  (options?: Options): UnifiedIdleShutdownDaemon =>
    new UnifiedIdleShutdownDaemon({ ...options, config: IdleShutdownConfig.forProvider(provider) });
const distributionDaemonOf =
  (dataType: DataType) =>
  (options?: Options): UnifiedDistributionDaemon =>
    new UnifiedDistributionDaemon({ ...options, config: { dataTypes: [dataType] } });

const getSystemHealthScore = (options?: Options) => open(options).health.getSystemHealthScore();
const shouldPausePipeline = (options?: Options) => open(options).health.shouldPausePipeline();
const getNodeHealth = (nodeId: string, options?: Options) => open(options).health.getNodeHealth(nodeId);
const getHealthyNodes = (options?: Options) => open(options).health.getHealthyNodes();
const getUnhealthyNodes = (options?: Options) => open(options).health.getUnhealthyNodes();
const getDegradedNodes = (options?: Options) => open(options).health.getDegradedNodes();
const getOfflineNodes = (options?: Options) => open(options).health.getOfflineNodes();
const getClusterHealthSummary = (options?: Options) => open(options).health.getClusterHealthSummary();

/** @deprecated Use `getClusterHealthSummary`. */
const getSystemHealth = deprecated('getSystemHealth', getClusterHealthSummary);
/** @deprecated Use `getNodeHealth`. */
const getNodeHealthMonitor = deprecated('getNodeHealthMonitor', (options?: Options) => ({
  getNodeHealth: (nodeId: string) => getNodeHealth(nodeId, options),
}));
/** @deprecated Use `openHealth` of `drover`. */
const getHealthOrchestrator = deprecated(
  'getHealthOrchestrator',
  (options?: Options) => open(options).health,
);
/** @deprecated Use the section `idle` of fleet.yaml. */
const createLambdaIdleDaemon = deprecated('createLambdaIdleDaemon', idleDaemonOf('lambda'));
/** @deprecated Use the section `idle` of fleet.yaml. */
const createVastIdleDaemon = deprecated('createVastIdleDaemon', idleDaemonOf('vast'));
/** @deprecated Use the section `idle` of fleet.yaml. */
const createRunpodIdleDaemon = deprecated('createRunpodIdleDaemon', idleDaemonOf('runpod'));
/** @deprecated Use `getRouter`. */
const getEventCoordinator = deprecated('getEventCoordinator', getRouter);
/** @deprecated There is nothing to start. */
const startCoordinator = deprecated('startCoordinator', async (options?: Options): Promise<boolean> => {
  await getRouter(options).start();
  return true;
});
/** @deprecated Publish `ModelPromoted`. */
const createModelDistributionDaemon = deprecated(
  'createModelDistributionDaemon',
  distributionDaemonOf(DataType.MODEL),
);
/** @deprecated Publish `DatasetPublished`. */
const createNpzDistributionDaemon = deprecated(
  'createNpzDistributionDaemon',
  distributionDaemonOf(DataType.NPZ),
);

export type { FleetHealth, HealthFacade, NodeHealthView, Options };
export {
  createLambdaIdleDaemon,
  createModelDistributionDaemon,
  createNpzDistributionDaemon,
  createRunpodIdleDaemon,
  createVastIdleDaemon,
  DataType,
  DistributionConfig,
  getClusterHealthSummary,
  getDegradedNodes,
  getEventCoordinator,
  getHealthOrchestrator,
  getHealthyNodes,
  getNodeHealth,
  getNodeHealthMonitor,
  getOfflineNodes,
  getRouter,
  getSystemHealth,
  getSystemHealthScore,
  getUnhealthyNodes,
  IdleShutdownConfig,
  shouldPausePipeline,
  startCoordinator,
  UnifiedDistributionDaemon,
  UnifiedEventRouter,
  UnifiedIdleShutdownDaemon,
};
