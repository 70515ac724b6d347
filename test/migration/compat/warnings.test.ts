import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import * as compat from '../../../compat.ts';
import { COMPAT_NAMES, deprecationMessage, warnerOf } from '../../../lib/migration/compat/warn-once.ts';
import { deprecationCode } from '../../../lib/migration/deprecation.ts';
import { root } from '../../docs/pages.ts';

const run = promisify(execFile);

/** Calls every old name twice, and what is new, and prints each warning. Nobody listens: only the warnings matter. */
const SCRIPT = `
import * as compat from 'drover/compat';
const ignore = () => {};
process.on('warning', ({ name, code, message }) => console.log(JSON.stringify({ name, code, message })));
for (let time = 0; time < 2; time += 1) {
  compat.createLambdaIdleDaemon(); compat.createVastIdleDaemon(); compat.createRunpodIdleDaemon();
  compat.createModelDistributionDaemon(); compat.createNpzDistributionDaemon(); new compat.DistributionConfig();
  new compat.QueuePopulator(); new compat.QueuePopulatorConfig();
  compat.getTrainingNodeWatcher(); compat.getClusterDataSyncDaemon(); compat.getEphemeralSyncDaemon();
  new compat.SyncCoordinator(); new compat.AutoSyncConfig();
  compat.createReplicationMonitor(); compat.createReplicationRepairDaemon();
  compat.getEventCoordinator(); await compat.startCoordinator();
  compat.getHealthOrchestrator(); compat.getNodeHealthMonitor();
  compat.getSystemHealth().catch(ignore);
}
new compat.UnifiedIdleShutdownDaemon({ config: compat.IdleShutdownConfig.forProvider('vast') });
new compat.UnifiedDistributionDaemon({ config: { dataTypes: [compat.DataType.MODEL] } });
new compat.UnifiedEventRouter(); compat.getRouter(); new compat.UnifiedQueuePopulator();
new compat.AutoSyncDaemon({ config: { strategy: compat.SyncStrategy.BROADCAST } }); compat.getSyncFacade(); new compat.UnifiedReplicationDaemon();
compat.getSystemHealthScore().catch(ignore); compat.shouldPausePipeline().catch(ignore);
setImmediate(() => process.exit());
`;

const runScript = (flags: readonly string[] = [], environment: Readonly<Record<string, string>> = {}) =>
  run(process.execPath, ['--no-warnings', ...flags, '--input-type=module', '--eval', SCRIPT], {
    cwd: root,
    env: {
      PATH: process.env['PATH'] ?? '',
      DROVER_STAGE: 'test',
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
      ...environment,
    },
  });

describe('drover/compat', () => {
  it('has every old name of the table, and the new names of the guide', () => {
    expect(new Set(Object.keys(compat))).toEqual(
      new Set([
        ...COMPAT_NAMES,
        'AutoSyncDaemon',
        'DataType',
        'IdleShutdownConfig',
        'UnifiedDistributionDaemon',
        'UnifiedEventRouter',
        'UnifiedIdleShutdownDaemon',
        'UnifiedQueuePopulator',
        'UnifiedReplicationDaemon',
        'SyncStrategy',
        'getSyncFacade',
        'getClusterHealthSummary',
        'getDegradedNodes',
        'getHealthyNodes',
        'getNodeHealth',
        'getOfflineNodes',
        'getRouter',
        'getSystemHealthScore',
        'getUnhealthyNodes',
        'shouldPausePipeline',
      ]),
    );
  });

  it('warns once per process for each old name, and never for a new one', async () => {
    const { stdout } = await runScript();
    const warnings = stdout.split('\n').filter((line) => line.includes('DROVER_DEP_'));
    const expected = COMPAT_NAMES.map((name) =>
      JSON.stringify({
        name: 'DeprecationWarning',
        code: deprecationCode(name),
        message: deprecationMessage(name, new Date()),
      }),
    );
    expect(warnings.sort()).toEqual(expected.sort());
  });

  it('is silenced by --no-deprecation', async () => {
    expect((await runScript(['--no-deprecation'])).stdout).not.toContain('DROVER_DEP_');
  });

  it('fails with --throw-deprecation', async () => {
    await expect(runScript(['--throw-deprecation'])).rejects.toThrow(/DROVER_DEP_CREATE_LAMBDA_IDLE_DAEMON/);
  });

  it.each([
    ['none', ''],
    ['a bad one', 'Not A Stage'],
  ])('says how to name the stage when there is %s', async (_, stage) => {
    await expect(runScript([], { DROVER_STAGE: stage })).rejects.toThrow(/set DROVER_STAGE/);
  });
});

describe('deprecationMessage', () => {
  it('says what is old, what to use, and until when', () => {
    expect(deprecationMessage('getNodeHealthMonitor', new Date('2026-11-25T12:00:00.000Z'))).toBe(
      'getNodeHealthMonitor is deprecated: use `drover health <node>`, or `openHealth(stage).getNodeHealth(nodeId)`; removal was due in Q3 2026; kept until Drover 2.0',
    );
  });

  it('refuses a name that the table does not have', () => {
    expect(() => warnerOf('getNothing', new Date())).toThrow(TypeError);
  });
});
