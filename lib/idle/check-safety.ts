import { decideHold, scopesOf } from '../holds/decide-hold.ts';
import { decideConfirmed } from '../providers/decide-confirmed.ts';
import { listingTrust } from '../providers/provider-state.ts';
import { check, type IdleCheck } from './idle-reason.ts';
import type { IdleSubject, Surroundings } from './idle-snapshot.ts';

/** Holds of the node alone protect it; those of its provider or the fleet freeze everything. */
const checkHolds = ({ node }: IdleSubject, { holds }: Surroundings): IdleCheck[] => {
  if (holds === undefined) return [check('holds-unreadable', false)];
  const [fleet, provider, own] = scopesOf(node);
  const asked = (scopes: readonly (string | undefined)[]) =>
    decideHold(
      holds,
      ['freeze'],
      scopes.filter((scope) => scope !== undefined),
    );
  const since = (holdIds: readonly string[]): string | undefined =>
    holds.find(({ holdId }) => holdIds.includes(holdId))?.setAt;
  const frozen = asked([fleet, provider]);
  const isProtected = asked([own]);
  return [
    check(
      'frozen',
      frozen.action === 'go',
      frozen.evidence.message,
      undefined,
      since(frozen.evidence.holdIds),
    ),
    check(
      'protected',
      isProtected.action === 'go',
      isProtected.evidence.message,
      undefined,
      since(isProtected.evidence.holdIds),
    ),
  ];
};

/**
 * What must hold before anything destructive happens to a node, whoever wants it: no hold, no mass failure, a listing that can be
 * relied on, and an instance that is surely this node's. Pure.
 */
const checkSafety = (subject: IdleSubject, around: Surroundings, now: Date): IdleCheck[] => {
  const { node, record } = subject;
  const trust = listingTrust(around.state, now);
  const confirmed = decideConfirmed(node, around.state, now);
  const instance = record === undefined || record.goneAt !== undefined ? undefined : record.instance;
  return [
    ...checkHolds(subject, around),
    check('brake-unknown', around.brake !== 'unknown', around.brake),
    check('mass-failure', around.brake !== 'on', around.brake),
    check('listing-unsure', trust === 'fresh', trust, 'fresh', around.state?.listedAt),
    check(
      'binding-unconfirmed',
      confirmed.action === 'may-act',
      confirmed.reason,
      'confirmed',
      node.binding?.at,
    ),
    check(
      'instance-unknown',
      instance !== undefined && record?.misses === 0,
      instance === undefined ? 'not listed' : 'listed',
    ),
    check('instance-not-running', instance?.status === 'running', instance?.rawStatus, 'running'),
    check('instance-locked', instance !== undefined && instance.locked !== true, instance?.locked ?? false),
  ];
};

export { checkSafety };
