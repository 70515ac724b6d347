import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A file with what has to be found in it: `line:column what form place`. */
interface PlantedFile {
  readonly path: string;
  readonly text: string;
  readonly found: readonly string[];
}

const lines = (...text: string[]): string => `${text.join('\n')}\n`;

/** Every form in which a file can refer to a module. */
const plantedFiles: readonly PlantedFile[] = [
  {
    path: 'app/plain.py',
    text: lines(
      'import os, app.coordination.cluster_data_sync',
      'import app.coordination.ephemeral_sync as es',
    ),
    found: ['1:12 cluster_data_sync import top', '2:8 ephemeral_sync import top'],
  },
  {
    path: 'app/from_module.py',
    text: lines(
      'from app.coordination.cluster_data_sync import get_training_node_watcher as watcher',
      'from app.coordination.system_health_monitor import (',
      '    SystemHealthMonitor,  # the old one',
      '    get_system_health as health,',
      ')',
      'from app.coordination.lambda_idle_daemon \\',
      '    import *',
    ),
    found: [
      '1:48 cluster_data_sync.get_training_node_watcher from top',
      '3:5 system_health_monitor.SystemHealthMonitor from top',
      '4:5 system_health_monitor.get_system_health from top',
      '7:12 lambda_idle_daemon from top',
    ],
  },
  {
    path: 'app/from_package.py',
    text: lines(
      'from app.coordination import node_health_monitor, get_node_health_monitor as monitor',
      'from app.coordination import something_else',
    ),
    found: ['1:30 node_health_monitor from top', '1:51 node_health_monitor.get_node_health_monitor from top'],
  },
  {
    path: 'app/coordination/relative.py',
    text: lines(
      'from .vast_idle_daemon import VastIdleDaemon',
      'from . import queue_populator as qp, other',
      'from ..coordination.npz_distribution_daemon import NPZDistributionDaemon',
    ),
    found: [
      '1:31 vast_idle_daemon.VastIdleDaemon relative top',
      '2:15 queue_populator relative top',
      '3:52 npz_distribution_daemon.NPZDistributionDaemon relative top',
    ],
  },
  {
    path: 'app/coordination/__init__.py',
    text: lines('from .replication_monitor import ReplicationMonitor'),
    found: ['1:34 replication_monitor.ReplicationMonitor relative top'],
  },
  {
    path: 'app/training/deep/relative.py',
    text: lines('from ...coordination import replication_repair_daemon'),
    found: ['1:29 replication_repair_daemon relative top'],
  },
  {
    path: 'app/lazy.py',
    text: lines(
      'from typing import TYPE_CHECKING',
      'if TYPE_CHECKING:',
      '    from app.coordination.sync_coordinator import SyncCoordinator',
      'try:',
      '    from app.coordination.unified_event_coordinator import get_event_coordinator',
      'except ImportError:',
      '    get_event_coordinator = None',
      'class Runner:',
      '    async def run(self):',
      '        try:',
      '            import app.coordination.model_distribution_daemon as mdd',
      '        finally:',
      '            pass',
    ),
    found: [
      '3:51 sync_coordinator.SyncCoordinator from guarded',
      '5:60 unified_event_coordinator.get_event_coordinator from guarded',
      '11:20 model_distribution_daemon import lazy',
    ],
  },
  {
    path: 'app/dynamic.py',
    text: lines(
      'import importlib',
      'import importlib as il',
      'from importlib import import_module as load, util',
      'importlib.import_module("app.coordination.cluster_data_sync")',
      "a = il.import_module('app.coordination.' 'ephemeral_sync')",
      'b = load(name="app.coordination.vast_idle_daemon")',
      'c = __import__(r"""app.coordination.queue_populator""", fromlist=["QueuePopulator"])',
      'def later(): return load(".npz_distribution_daemon", package="app.coordination")',
      'd = importlib.import_module(".sync_coordinator", "app.coordination")',
      'e = util.find_spec("app.coordination.replication_monitor")',
    ),
    found: [
      '4:25 cluster_data_sync dynamic top',
      '5:22 ephemeral_sync dynamic top',
      '6:15 vast_idle_daemon dynamic top',
      '7:16 queue_populator dynamic top',
      '8:26 npz_distribution_daemon dynamic lazy',
      '9:29 sync_coordinator dynamic top',
      '10:20 replication_monitor dynamic top',
    ],
  },
  {
    path: 'app/through_package.py',
    text: lines(
      'import app.coordination',
      'from app import coordination as co',
      'app.coordination.lambda_idle_daemon.LambdaIdleDaemon()',
      'def f(): return co.vast_idle_daemon.VastIdleDaemon()',
      'app.coordination.queue_populator.ALL[0].run().again',
    ),
    found: [
      '3:1 lambda_idle_daemon.LambdaIdleDaemon use top',
      '4:17 vast_idle_daemon.VastIdleDaemon use lazy',
      '5:1 queue_populator.ALL use top',
    ],
  },
  {
    path: 'app/star.py',
    text: lines(
      'from app.coordination import *',
      'from app.other import QueuePopulator',
      'daemon = get_ephemeral_sync_daemon()',
      'QueuePopulator()',
      'class NodeHealth: pass',
      'DataType = NodeHealth',
      'def f(): return vast_idle_daemon, get_ephemeral_sync_daemon',
    ),
    found: ['3:10 ephemeral_sync.get_ephemeral_sync_daemon use top', '7:17 vast_idle_daemon use lazy'],
  },
  {
    path: 'app/replaced.py',
    text: lines(
      'from app.coordination.health_facade import get_node_health, get_system_health',
      'from app.coordination.event_router import get_router',
    ),
    found: [
      '1:44 health_facade.get_node_health from top',
      '1:61 health_facade.get_system_health from top',
      '2:43 event_router.get_router from top',
    ],
  },
  {
    path: 'app/broken.py',
    text: lines('def broken(:', '    from app.coordination.ephemeral_sync import x', 'print "old"', '))) ='),
    found: ['2:49 ephemeral_sync.x from lazy'],
  },
  {
    path: 'bin/runner',
    text: lines('#!/usr/bin/env python3', 'from app.coordination.queue_populator import QueuePopulator'),
    found: ['2:46 queue_populator.QueuePopulator from top'],
  },
  {
    path: 'config/daemons.yaml',
    text: lines(
      'daemons:',
      '  - cluster_data_sync  # by its type',
      '  - name: lambda-idle',
      '    interval: 60',
      '  - app.coordination.ephemeral_sync:EphemeralSyncDaemon',
      'profiles:',
      '  standard:',
      '    enabled_daemons: [other, VAST_IDLE]',
      '    daemon_types:',
      '      queue_populator: { strategy: auto_sync }',
      'entry: "app.coordination.model_distribution_daemon"',
      '---',
      'daemons: [DaemonType.REPLICATION_MONITOR]',
    ),
    found: [
      '2:5 cluster_data_sync daemon-list top',
      '3:11 lambda_idle_daemon daemon-list top',
      '5:5 ephemeral_sync.EphemeralSyncDaemon setting top',
      '8:30 vast_idle_daemon daemon-list top',
      '10:7 queue_populator daemon-list top',
      '11:8 model_distribution_daemon setting top',
      '13:11 replication_monitor daemon-list top',
    ],
  },
];

/** Nothing in here has to move, however much it looks like it. */
const cleanFiles: readonly (readonly [path: string, text: string])[] = [
  [
    'app/alike.py',
    lines(
      '"""Moved from app.coordination.cluster_data_sync.',
      '',
      'from app.coordination.cluster_data_sync import get_training_node_watcher',
      '"""',
      '# import app.coordination.ephemeral_sync',
      'import my_cluster_data_sync',
      'from app.coordination.my_cluster_data_sync import run',
      'from app.coordination.cluster_data_sync_v2 import run',
      'from app.coordination.queue_populators import QueuePopulator',
      'from myapp.coordination.queue_populator import QueuePopulator',
      'from app.distributed.sync_coordinator import SyncCoordinator',
      'from app.coordination import priorities',
      'import app.coordination',
      'text = "import app.coordination.vast_idle_daemon"',
      'log.info("app.coordination.vast_idle_daemon")',
      'cluster_data_sync = app.coordination.priorities.cluster_data_sync',
      'load_module("app.coordination.vast_idle_daemon")',
    ),
  ],
  ['other/coordination/relative.py', lines('from .queue_populator import QueuePopulator')],
  [
    'config/clean.yaml',
    lines(
      '# daemons: [cluster_data_sync]',
      'note: cluster_data_sync',
      'daemons:',
      '  - my_cluster_data_sync',
      '  - name: trainer',
      '    replaces: lambda_idle',
      'tables: [queue_populator]',
    ),
  ],
  ['README', lines('from app.coordination.queue_populator import QueuePopulator')],
];

const plant = async (root: string, path: string, content: string | Uint8Array): Promise<void> => {
  await mkdir(dirname(`${root}/${path}`), { recursive: true });
  await writeFile(`${root}/${path}`, content);
};

export { cleanFiles, plant, plantedFiles };
