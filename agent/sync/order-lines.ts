import type { ArtifactKind } from '../../lib/artifacts/artifact.ts';
import { assertNever } from '../../lib/errors.ts';
import type { PutLine } from './put-line.ts';

/**
 * `oldest-first`: as they were put. `newest-first`: on a node that can vanish the newest is what no other copy may know of.
 * `last-words`: what is worth most for its bytes, when not all of it will make it.
 */
type LineOrder = 'oldest-first' | 'newest-first' | 'last-words';

/**
 * What a file of a kind is worth, whatever its size. Games and checkpoints cost the GPU time that made them, and nothing else can
 * make the same again; a model can be trained anew from them; npz files are only written from games.
 */
const DATA_VALUE: Readonly<Record<ArtifactKind, number>> = {
  games: 8,
  checkpoint: 8,
  model: 4,
  npz: 2,
  other: 1,
};

/** Value per byte: within a kind the smallest first, so that as many as possible make it. */
const worth = ({ kind, bytes }: PutLine): number => DATA_VALUE[kind] / Math.max(1, bytes);

/** @param lines oldest first */
const orderLines = (lines: readonly PutLine[], order: LineOrder): PutLine[] => {
  switch (order) {
    case 'oldest-first':
      return [...lines];
    case 'newest-first':
      return [...lines].reverse();
    case 'last-words':
      return [...lines].sort((one, other) => worth(other) - worth(one));
    default:
      return assertNever(order);
  }
};

export type { LineOrder };
export { DATA_VALUE, orderLines };
