import type { IdlePorts } from '../../../lib/idle/idle-ports.ts';
import type { IdleConfig } from '../../../lib/idle/idle-settings.ts';
import type { Node } from '../../../lib/nodes/node.ts';
import type { Instance } from '../../../lib/providers/instance.ts';

type Sabotage = (ports: IdlePorts) => IdlePorts;

const withSettings =
  (changes: Partial<IdleConfig>): Sabotage =>
  (ports) => ({
    ...ports,
    settings: {
      current: async () => {
        const settings = await ports.settings.current();
        return { ...settings, idle: { ...settings.idle, ...changes } };
      },
    },
  });

/** Holds as if those of some scopes were not there. */
const withoutHolds =
  (isHidden: (scope: string) => boolean): Sabotage =>
  (ports) => ({
    ...ports,
    holds: {
      listLive: async (now) => (await ports.holds.listLive(now)).filter(({ scope }) => !isHidden(scope)),
    },
  });

const seeingNodes =
  (change: (node: Node) => Node): Sabotage =>
  (ports) => ({
    ...ports,
    nodes: {
      ...ports.nodes,
      get: async (nodeId) => {
        const node = await ports.nodes.get(nodeId);
        return node === undefined ? undefined : change(node);
      },
      listByProvider: async (...parameters) => (await ports.nodes.listByProvider(...parameters)).map(change),
    },
  });

const seeingInstances =
  (change: (instance: Instance) => Instance): Sabotage =>
  (ports) => ({
    ...ports,
    provider: {
      ...ports.provider,
      listInstances: async () => (await ports.provider.listInstances()).map(change),
    },
    instances: {
      list: async (key) =>
        (await ports.instances.list(key)).map((record) => ({ ...record, instance: change(record.instance) })),
    },
  });

/** Each guard, what is seen when it is away, and how it is taken away. */
const GUARDS: readonly [guard: string, violation: RegExp, sabotage: Sabotage][] = [
  ['a freeze', /under a hold/, withoutHolds((scope) => !scope.startsWith('node:'))],
  [
    'holds that must be readable',
    /holds cannot be read/,
    (ports) => ({ ...ports, holds: { listLive: async (now) => ports.holds.listLive(now).catch(() => []) } }),
  ],
  ['the brake', /mass failure/, (ports) => ({ ...ports, brakeState: async () => 'off' })],
  [
    'a brake that must be readable',
    /brake cannot be read/,
    (ports) => ({ ...ports, brakeState: async (now) => ports.brakeState(now).catch(() => 'off' as const) }),
  ],
  ["the provider's lock", /provider locks/, seeingInstances((instance) => ({ ...instance, locked: false }))],
  ['the boot grace', /what is new/, withSettings({ bootGraceSeconds: 0 })],
  ['the idle threshold', /just used/, withSettings({ idleThresholdSeconds: 10, minimumSamples: 2 })],
  [
    'a price that must be known',
    /what is cheap/,
    seeingInstances((instance) => ({
      ...instance,
      chargeMicroUsdPerHour: instance.chargeMicroUsdPerHour ?? 5_000_000,
    })),
  ],
  ['the minimum saving', /what is cheap/, withSettings({ minimumSavingUsdPerHour: '0' })],
  [
    'work that must be readable',
    /work waits for/,
    (ports) => ({ ...ports, pendingWork: async (node) => ports.pendingWork(node).catch(() => 0) }),
  ],
  ['the limit of waiting work', /work waits for/, withSettings({ pendingWorkLimit: 1_000_000 })],
  ['exemption', /what is exempt/, withSettings({ roles: {} })],
  ['retention', /of its group/, withSettings({ retain: 0 })],
  ['the gap', /too soon/, withSettings({ terminationGapSeconds: 0 })],
  ['the daily cap', /in a day/, withSettings({ dailyTerminationMinimum: 10_000 })],
  [
    'the copy in the store',
    /files would be lost/,
    (ports) => ({
      ...ports,
      artifacts: {
        getMany: async (ids) =>
          (await ports.artifacts.getMany(ids)).map((artifact) => ({
            ...artifact,
            storeReplica: { key: 'k', verifiedAt: artifact.registeredAt, checksum: 'c' },
          })),
      },
    }),
  ],
  [
    'unclaimed files',
    /unclaimed files/,
    seeingNodes((node) =>
      node.inventory === undefined
        ? node
        : { ...node, inventory: { ...node.inventory, unclaimed: { count: 0, bytes: 0, sample: [] } } },
    ),
  ],
  [
    'unflushed bytes',
    /unflushed bytes/,
    seeingNodes((node) =>
      node.heartbeat === undefined ? node : { ...node, heartbeat: { ...node.heartbeat, unflushedBytes: 0 } },
    ),
  ],
  ['the mode', /observe or off/, withSettings({ mode: 'enforce' })],
  [
    'the note of each attempt',
    /asks twice/,
    (ports) => ({ ...ports, nodes: { ...ports.nodes, recordTermination: async () => true } }),
  ],
];

export { GUARDS };
