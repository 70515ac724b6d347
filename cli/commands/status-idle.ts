import { idleModes, type ProviderMode } from '../../lib/idle/idle-modes.ts';
import type { Node } from '../../lib/nodes/node.ts';
import { readSettings } from '../idle-reads.ts';
import type { Screen } from '../output/screen.ts';
import type { Stores } from '../stores.ts';
import { describeEnding, type EndingKind } from './describe-ending.ts';

/** Nodes that are shown by name. */
const NAMED_NODES = 10;

interface IdleStatus {
  readonly modes: readonly ProviderMode[];
  readonly nodes: readonly { readonly nodeId: string; readonly kind: EndingKind; readonly text: string }[];
}

/** Modes, and every node that is on its way out, would be, or is kept for its files. */
const readIdleStatus = async (
  stores: Pick<Stores, 'config'>,
  nodes: readonly Node[],
  now: Date,
): Promise<IdleStatus> => ({
  modes: idleModes((await readSettings(stores)).idle),
  nodes: nodes.flatMap((node) =>
    describeEnding(node, now)
      .filter(({ kind }) => kind !== 'drain-ended')
      .map(({ kind, text }) => ({ nodeId: node.nodeId, kind, text })),
  ),
});

const describeIdleStatus = (screen: Screen, { modes, nodes }: IdleStatus): string => {
  const known = modes.map(({ provider, mode }) => `${provider} ${mode}`).join(', ');
  const named = nodes.slice(0, NAMED_NODES).map(({ nodeId, text }) => `\n               ${nodeId} ${text}`);
  const more = nodes.length - named.length;
  return [
    known,
    ...named,
    more > 0 ? screen.faint(`\n               and ${more} more: drover nodes list`) : '',
  ].join('');
};

export type { IdleStatus };
export { describeIdleStatus, readIdleStatus };
