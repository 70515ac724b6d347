import type * as z from 'zod';
import { type Provider, providerSchema } from '../nodes/node.ts';
import { type PolicyNode, resolveIdlePolicy } from './idle-policy.ts';
import { type IdleConfig, idleSectionSchema } from './idle-settings.ts';

const PROVIDERS = providerSchema.out.options;

/** Where a setting is written, and the nodes that show whether it makes sense there. */
interface Place {
  readonly path: readonly string[];
  readonly nodes: readonly PolicyNode[];
}

const nodeLike = (provider: Provider, like: Partial<PolicyNode> = {}): PolicyNode => ({
  nodeId: '',
  provider,
  role: '',
  labels: {},
  ...like,
});
const onEach = (like: Partial<PolicyNode>): PolicyNode[] =>
  PROVIDERS.map((provider) => nodeLike(provider, like));

const labelOf = (text: string): Record<string, string> => {
  const at = text.indexOf('=');
  return { [text.slice(0, at)]: text.slice(at + 1) };
};

const placesOf = (idle: IdleConfig): Place[] => [
  { path: [], nodes: onEach({}) },
  ...PROVIDERS.filter((provider) => idle.providers?.[provider] !== undefined).map((provider) => ({
    path: ['providers', provider],
    nodes: [nodeLike(provider)],
  })),
  ...Object.keys(idle.roles ?? {}).map((role) => ({ path: ['roles', role], nodes: onEach({ role }) })),
  ...Object.keys(idle.labels ?? {}).map((label) => ({
    path: ['labels', label],
    nodes: onEach({ labels: labelOf(label) }),
  })),
  ...Object.keys(idle.nodes ?? {}).map((nodeId) => ({ path: ['nodes', nodeId], nodes: onEach({ nodeId }) })),
];

/** A drain that is given up before its period is over can end no node. Said only where it holds on every provider. */
const checkDrains = (idle: IdleConfig, context: z.RefinementCtx): void => {
  for (const { path, nodes } of placesOf(idle)) {
    const policies = nodes.map((node) => resolveIdlePolicy(idle, node));
    if (!policies.every((policy) => policy.drainPeriodSeconds >= policy.acknowledgeSeconds)) continue;
    const [policy] = policies;
    context.addIssue({
      code: 'custom',
      path: [...path],
      message: `drainPeriodSeconds (${policy?.drainPeriodSeconds}) must be less than acknowledgeSeconds (${policy?.acknowledgeSeconds}): the drain would be given up before its period is over`,
      input: idle,
    });
    return;
  }
};

/** The section `idle` of fleet.yaml. */
const idleConfigSchema = idleSectionSchema.superRefine(checkDrains);

export { idleConfigSchema };
