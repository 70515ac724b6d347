import type { Binding, Node } from '../nodes/node.ts';
import { toTimestamp } from '../time.ts';
import type { Instance } from './instance.ts';

/** IPv4 written as IPv6, as some servers see it, is the same address. */
const plain = (address: string): string => address.toLowerCase().replace(/^::ffff:/, '');

const bindingNow = (
  node: Pick<Node, 'sourceAddress'>,
  instance: Pick<Instance, 'address'> | undefined,
  now: Date,
): Binding => {
  const at = toTimestamp(now);
  const source = node.sourceAddress === undefined ? {} : { sourceAddress: node.sourceAddress };
  if (instance === undefined) return { state: 'not-listed', at, ...source };
  const { address } = instance;
  if (address === undefined) return { state: 'confirmed', at, ...source };
  const matches = node.sourceAddress !== undefined && plain(node.sourceAddress) === plain(address);
  return { state: matches ? 'confirmed' : 'address-mismatch', at, address, ...source };
};

/**
 * What a believed listing says about a node's binding (design.md section 3): confirmed when it has the instance, and the address
 * is the one that the node enrolled from where the provider reports one. Undefined when the node item says so already. Pure.
 */
const decideBinding = (
  node: Pick<Node, 'binding' | 'sourceAddress'>,
  instance: Pick<Instance, 'address'> | undefined,
  now: Date,
): Binding | undefined => {
  const next = bindingNow(node, instance, now);
  const known = node.binding;
  const isSame =
    known !== undefined &&
    known.state === next.state &&
    known.address === next.address &&
    known.sourceAddress === next.sourceAddress;
  return isSame ? undefined : next;
};

export { decideBinding };
