import type { Node } from '../nodes/node.ts';
import { isDiskFull } from './disk-full.ts';
import { digestTemplate } from './job-template.ts';
import { classesOf, type FitContext, type FitItem, freeSlots, itemRefusal, nodeRefusal } from './node-fit.ts';
import { policyOf } from './node-policy.ts';
import type { WorkConfig } from './work-config.ts';
import type { WorkClass } from './work-item.ts';

interface ClassCapacity {
  /** Live nodes that can take work of the class by what they are. */
  readonly nodes: number;
  /** A node with a GPU counts for CPUs, too. */
  readonly freeSlots: number;
}

/** What the fleet can take now. */
interface WorkCapacity {
  readonly classes: Readonly<Record<WorkClass, ClassCapacity>>;
  /** By template: live nodes that could take a job of it, were they not busy. */
  readonly templates: ReadonlyMap<string, number>;
  readonly unsynced: { readonly bytes: number; readonly nodes: number };
  readonly disks: { readonly nodes: number; readonly full: number };
}

/** What of a node decides whether it can take a job, however busy it is: nodes that agree in it are asked once. */
const kindOf = (node: Node, { policies }: FitContext): string => {
  const { capabilities, labels, heartbeat } = node;
  const policy = policyOf(policies, node);
  return JSON.stringify([
    policy === undefined ? -1 : policies.indexOf(policy),
    capabilities.gpuCount,
    capabilities.gpuMemoryBytes,
    labels,
    heartbeat?.jobTemplates,
  ]);
};

const itemsOf = ({ templates }: WorkConfig): [string, FitItem][] =>
  Object.entries(templates).map(([name, template]) => [
    name,
    {
      jobType: template.jobType,
      template: name,
      ...(template.command === undefined ? {} : { templateDigest: digestTemplate(template) }),
      requires: template.requires,
      lane: 'normal',
      avoid: {},
    },
  ]);

/** Nodes of one kind, by what holds for all of them. */
const countTemplates = (
  nodes: readonly Node[],
  config: WorkConfig,
  context: FitContext,
): Map<string, number> => {
  const kinds = new Map<string, { node: Node; count: number }>();
  for (const node of nodes) {
    const kind = kindOf(node, context);
    const known = kinds.get(kind);
    // Idle: what it runs now keeps nothing from being made for it.
    if (known === undefined) kinds.set(kind, { node: { ...node, leases: {} }, count: 1 });
    else known.count += 1;
  }
  return new Map(
    itemsOf(config).map(([name, item]) => {
      let able = 0;
      for (const { node, count } of kinds.values())
        if (itemRefusal(node, item, context) === undefined) able += count;
      return [name, able];
    }),
  );
};

/** What the nodes can take, and what of them holds work back. Pure. */
const capacityOf = (nodes: readonly Node[], config: WorkConfig, context: FitContext): WorkCapacity => {
  // By a person's own hand, past the pause, nodes take work: that says nothing of what a node can do.
  const standing = { ...context, paused: false };
  const live = nodes.filter((node) => {
    const refusal = nodeRefusal(node, standing);
    return refusal === undefined || refusal === 'no-free-slot';
  });
  const classes = {
    cpu: { nodes: 0, freeSlots: 0 },
    gpu: { nodes: 0, freeSlots: 0 },
    'gpu-large': { nodes: 0, freeSlots: 0 },
  };
  for (const node of live)
    for (const workClass of classesOf(node)) {
      classes[workClass].nodes += 1;
      classes[workClass].freeSlots += freeSlots(node);
    }
  // A full disk keeps a node from work, and is seen here all the same.
  const present = nodes.filter(({ lifecycle }) => lifecycle === 'active');
  const unsynced = present.flatMap(({ heartbeat }) => heartbeat?.unflushedBytes ?? []);
  const disks = present.flatMap(({ heartbeat }) => heartbeat?.disk ?? []);
  return {
    classes,
    templates: countTemplates(live, config, standing),
    unsynced: { nodes: unsynced.length, bytes: unsynced.reduce((sum, bytes) => sum + bytes, 0) },
    disks: { nodes: disks.length, full: disks.filter((disk) => isDiskFull(disk, context)).length },
  };
};

export type { ClassCapacity, WorkCapacity };
export { capacityOf };
