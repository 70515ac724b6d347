import picomatch from 'picomatch';
import type { Node } from '../nodes/node.ts';
import type { NodePolicy } from './work-config.ts';

type PolicyNode = Pick<Node, 'nodeId' | 'provider' | 'role' | 'labels' | 'heartbeat'>;

/** `*` crosses slashes: names of GPUs and values of labels are no paths. */
const OPTIONS = { nocase: true, dot: true, bash: true } as const;

/** All that a policy can match a node by. */
const wordsOf = ({ nodeId, provider, role, labels, heartbeat }: PolicyNode): string[] => [
  nodeId,
  `provider=${provider}`,
  `role=${role}`,
  ...new Set((heartbeat?.gpus ?? []).flatMap(({ name }) => (name === undefined ? [] : [`gpu=${name}`]))),
  ...Object.entries(labels).map(([name, value]) => `${name}=${value}`),
];

/** A policy is asked for every node of the fleet: its globs are read once. */
const matchers = new WeakMap<NodePolicy, (word: string) => boolean>();
const matcherOf = (policy: NodePolicy): ((word: string) => boolean) => {
  const known = matchers.get(policy);
  if (known !== undefined) return known;
  const fits = picomatch([...policy.match], OPTIONS);
  matchers.set(policy, fits);
  return fits;
};

/** The first policy that fits a node; undefined: none does, and everything is allowed. */
const policyOf = (policies: readonly NodePolicy[], node: PolicyNode): NodePolicy | undefined => {
  const words = wordsOf(node);
  return policies.find((policy) => words.some((word) => matcherOf(policy)(word)));
};

/** Whether a policy lets a job type run. Deny beats allow. */
const policyAllows = (policy: NodePolicy | undefined, jobType: string): boolean =>
  policy === undefined ||
  (!policy.deny.includes(jobType) && (policy.allow === undefined || policy.allow.includes(jobType)));

/** Whether the policies let a node run jobs of this type: the first policy that fits the node decides. Pure. */
const jobTypeAllowed = (policies: readonly NodePolicy[], node: PolicyNode, jobType: string): boolean =>
  policyAllows(policyOf(policies, node), jobType);

export { jobTypeAllowed, policyOf };
