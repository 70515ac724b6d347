import { createHash } from 'node:crypto';
import type { Node, Provider } from '../nodes/node.ts';
import { microUsdFromDecimal } from '../providers/money.ts';
import type { IdleConfig, IdleSetting, IdleSettings } from './idle-settings.ts';

/** All that decides about ending one node as idle. Money in micro-dollars, times in seconds. */
interface IdlePolicy extends Omit<IdleSettings, 'minimumSavingUsdPerHour'> {
  readonly minimumSavingMicroUsdPerHour: number;
}

/** What a policy depends on. */
type PolicyNode = Pick<Node, 'nodeId' | 'provider' | 'role' | 'labels'>;

/** What holds where nothing is written (health-and-idle 1.1 and issue 4). */
const LAMBDA_LABS: IdleSettings = {
  mode: 'observe',
  exempt: false,
  gpuIdlePercent: 10,
  cpuIdlePercent: 20,
  idleThresholdSeconds: 1800,
  minimumSamples: 10,
  bootGraceSeconds: 900,
  zombieSeconds: 600,
  pendingWorkLimit: 5,
  minimumSavingUsdPerHour: '1',
  retain: 1,
  drainPeriodSeconds: 300,
  acknowledgeSeconds: 1800,
  leasesOnDrain: 'finish',
  terminationGapSeconds: 300,
  dailyTerminationPercent: 20,
  dailyTerminationMinimum: 2,
};
const BUILT_IN: Readonly<Record<Provider, IdleSettings>> = {
  'lambda-labs': LAMBDA_LABS,
  vast: {
    ...LAMBDA_LABS,
    pendingWorkLimit: 3,
    minimumSavingUsdPerHour: '0.1',
    retain: 0,
    drainPeriodSeconds: 180,
  },
  runpod: {
    ...LAMBDA_LABS,
    idleThresholdSeconds: 1200,
    minimumSavingUsdPerHour: '0.5',
    drainPeriodSeconds: 240,
  },
  static: LAMBDA_LABS,
};

/** One level that applies to a node, and how a person finds it in fleet.yaml. */
interface Level {
  readonly from: string;
  readonly settings: { readonly [Setting in IdleSetting]?: IdleSettings[Setting] | undefined };
}

/** A role can be called `constructor`: only what was written counts. */
const ownEntry = <Value>(map: Readonly<Record<string, Value>> | undefined, key: string): Value | undefined =>
  map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;

/** Every level that applies to the node, the strongest first; the last one is what is built in. */
const levelsOf = (idle: IdleConfig, node: PolicyNode): Level[] => {
  const levels: Level[] = [
    { from: 'built-in', settings: BUILT_IN[node.provider] },
    { from: 'idle', settings: idle },
  ];
  const add = (from: string, settings: Level['settings'] | undefined): void => {
    if (settings !== undefined) levels.push({ from, settings });
  };
  add(`idle.providers.${node.provider}`, idle.providers?.[node.provider]);
  add(`idle.roles.${node.role}`, ownEntry(idle.roles, node.role));
  const labels = new Set(Object.entries(node.labels).map(([key, value]) => `${key}=${value}`));
  for (const [label, settings] of Object.entries(idle.labels ?? {}))
    if (labels.has(label)) add(`idle.labels."${label}"`, settings);
  add(`idle.nodes.${node.nodeId}`, ownEntry(idle.nodes, node.nodeId));
  return levels.reverse();
};

const find = <Setting extends IdleSetting>(
  levels: readonly Level[],
  setting: Setting,
  provider: Provider,
): { value: IdleSettings[Setting]; from: string } => {
  for (const { from, settings } of levels) {
    const value = settings[setting];
    if (value !== undefined) return { value, from };
  }
  return { value: BUILT_IN[provider][setting], from: 'built-in' };
};

const resolveAnew = (idle: IdleConfig, node: PolicyNode): IdlePolicy => {
  const levels = levelsOf(idle, node);
  const pick = <Setting extends IdleSetting>(setting: Setting): IdleSettings[Setting] =>
    find(levels, setting, node.provider).value;
  return {
    mode: pick('mode'),
    exempt: pick('exempt'),
    gpuIdlePercent: pick('gpuIdlePercent'),
    cpuIdlePercent: pick('cpuIdlePercent'),
    idleThresholdSeconds: pick('idleThresholdSeconds'),
    minimumSamples: pick('minimumSamples'),
    bootGraceSeconds: pick('bootGraceSeconds'),
    zombieSeconds: pick('zombieSeconds'),
    pendingWorkLimit: pick('pendingWorkLimit'),
    minimumSavingMicroUsdPerHour: microUsdFromDecimal(pick('minimumSavingUsdPerHour')),
    retain: pick('retain'),
    drainPeriodSeconds: pick('drainPeriodSeconds'),
    acknowledgeSeconds: pick('acknowledgeSeconds'),
    leasesOnDrain: pick('leasesOnDrain'),
    terminationGapSeconds: pick('terminationGapSeconds'),
    dailyTerminationPercent: pick('dailyTerminationPercent'),
    dailyTerminationMinimum: pick('dailyTerminationMinimum'),
  };
};

/** All that the policy of a node depends on under this configuration: nodes with the same share one. */
const policyKey = (idle: IdleConfig, { nodeId, provider, role, labels }: PolicyNode): string => {
  const isNamed = ownEntry(idle.nodes, nodeId) !== undefined;
  return JSON.stringify([provider, role, idle.labels === undefined ? {} : labels, isNamed ? nodeId : '']);
};

/** A cycle asks for each node several times; a configuration never changes once it is parsed. */
const resolved = new WeakMap<IdleConfig, Map<string, IdlePolicy>>();

/**
 * The policy of one node. Setting by setting the later of these wins: built in, `idle`, its provider, its role, its labels (of several
 * the later in the file), the node itself. Pure; never changes what it is given, and the answer is frozen.
 */
const resolveIdlePolicy = (idle: IdleConfig, node: PolicyNode): IdlePolicy => {
  const policies = resolved.get(idle) ?? new Map<string, IdlePolicy>();
  resolved.set(idle, policies);
  const key = policyKey(idle, node);
  const policy = policies.get(key) ?? Object.freeze(resolveAnew(idle, node));
  policies.set(key, policy);
  return policy;
};

/** One setting of a node as it is written, and where: `built-in`, or a path in fleet.yaml such as `idle.roles.trainer`. */
const explainIdleSetting = <Setting extends IdleSetting>(
  idle: IdleConfig,
  node: PolicyNode,
  setting: Setting,
): { readonly value: IdleSettings[Setting]; readonly from: string } =>
  find(levelsOf(idle, node), setting, node.provider);

/** Changes when a limit changes that the idle clock was kept under: 24 hex digits. */
const idleCriteriaDigest = ({
  gpuIdlePercent,
  cpuIdlePercent,
}: Pick<IdlePolicy, 'gpuIdlePercent' | 'cpuIdlePercent'>): string =>
  createHash('sha256')
    .update(JSON.stringify([gpuIdlePercent, cpuIdlePercent]))
    .digest('hex')
    .slice(0, 24);

export type { IdlePolicy, PolicyNode };
export { explainIdleSetting, idleCriteriaDigest, resolveIdlePolicy };
