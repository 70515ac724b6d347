import type { Node } from '../nodes/node.ts';
import { listingTrust, type ProviderState } from './provider-state.ts';

type ConfirmedReason =
  | 'confirmed'
  | 'never-compared'
  | 'address-mismatch'
  | 'not-listed'
  | 'listing-stale'
  | 'listing-suspect'
  | 'never-listed'
  | 'provider-state-unreadable';

interface ConfirmedDecision {
  readonly action: 'may-act' | 'block';
  readonly reason: ConfirmedReason;
  readonly evidence: { readonly listedAt?: string; readonly binding?: Node['binding'] };
}

/**
 * Whether a node's instance is known well enough to act on it: a fresh, believed listing has it, at the node's own address. Every
 * doubt blocks, under its name. Pure.
 * @param state undefined when it could not be read
 */
const decideConfirmed = (
  node: Pick<Node, 'binding' | 'sourceAddress'>,
  state: ProviderState | undefined,
  now: Date,
): ConfirmedDecision => {
  const evidence = {
    ...(state?.listedAt === undefined ? {} : { listedAt: state.listedAt }),
    ...(node.binding === undefined ? {} : { binding: node.binding }),
  };
  const block = (reason: ConfirmedReason): ConfirmedDecision => ({ action: 'block', reason, evidence });
  if (state === undefined) return block('provider-state-unreadable');
  const trust = listingTrust(state, now);
  if (trust === 'never-listed') return block('never-listed');
  if (trust !== 'fresh') return block(`listing-${trust}`);
  // The binding of an earlier boot, from another address, says nothing about this one.
  if (node.binding === undefined || node.binding.sourceAddress !== node.sourceAddress)
    return block('never-compared');
  return node.binding.state === 'confirmed'
    ? { action: 'may-act', reason: 'confirmed', evidence }
    : block(node.binding.state);
};

export type { ConfirmedDecision, ConfirmedReason };
export { decideConfirmed };
