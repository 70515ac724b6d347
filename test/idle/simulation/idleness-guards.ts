import type { Guard } from './guard.ts';
import { ofCycle, seeingInstances, seeingNodes, withoutLeaseGuard, withSettings } from './sabotage.ts';

/** Guards before a drain begins: that the node is idle, and that the fleet can do without it. */
const IDLENESS_GUARDS: readonly Guard[] = [
  {
    name: 'the fresh heartbeat',
    violation: /what is silent/,
    sabotage: seeingNodes((node, now) => ({ ...node, heartbeatAt: now.toISOString() })),
    weather: { silence: 0.05 },
    idle: { terminationGapSeconds: 180 },
  },
  {
    name: 'the trust in a node',
    violation: /not trusted/,
    sabotage: seeingNodes(({ revokedAt: _revokedAt, ...node }) => node),
    weather: { revocation: 0.05 },
    idle: { terminationGapSeconds: 180 },
  },
  {
    name: 'the boot grace',
    violation: /what is new/,
    sabotage: withSettings({ bootGraceSeconds: 0 }),
    idle: { bootGraceSeconds: 3600 },
  },
  {
    name: 'the idle threshold',
    violation: /just used/,
    sabotage: withSettings({ idleThresholdSeconds: 10 }),
    weather: { work: 0.02 },
    idle: { idleThresholdSeconds: 900 },
  },
  {
    name: 'the lease',
    violation: /holds a lease|kills work/,
    sabotage: withoutLeaseGuard,
    weather: { lease: 0.05 },
  },
  {
    name: 'a price that must be known',
    violation: /what is cheap/,
    sabotage: seeingInstances((instance) => ({
      ...instance,
      chargeMicroUsdPerHour: instance.chargeMicroUsdPerHour ?? 5_000_000,
    })),
    weather: { oddPrice: 0.5 },
  },
  {
    name: 'the minimum saving',
    violation: /what is cheap/,
    sabotage: withSettings({ minimumSavingUsdPerHour: '0' }),
    weather: { oddPrice: 0.5 },
  },
  {
    name: 'work that must be readable',
    violation: /work waits for/,
    sabotage: ofCycle((ports) => ({
      ...ports,
      pendingWork: async (node) => ports.pendingWork(node).catch(() => 0),
    })),
    weather: { unreadable: 0.2 },
  },
  {
    name: 'the limit of waiting work',
    violation: /work waits for/,
    sabotage: withSettings({ pendingWorkLimit: 1_000_000 }),
    weather: { pendingWork: 0.5 },
  },
  {
    name: 'exemption',
    violation: /what is exempt/,
    sabotage: withSettings({ roles: {} }),
    idle: { roles: { trainer: { exempt: true } } },
  },
  {
    name: 'retention',
    violation: /of its group/,
    sabotage: withSettings({ retain: 0 }),
    idle: { retain: 3 },
  },
  {
    name: 'the gap between two',
    violation: /too soon after/,
    sabotage: withSettings({ terminationGapSeconds: 0 }),
    idle: { terminationGapSeconds: 900 },
  },
  {
    name: 'the daily cap',
    violation: /in a day/,
    sabotage: withSettings({ dailyTerminationMinimum: 10_000 }),
    idle: { dailyTerminationMinimum: 2, dailyTerminationPercent: 0 },
  },
];

export { IDLENESS_GUARDS };
