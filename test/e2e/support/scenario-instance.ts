import { randomUUID } from 'node:crypto';
import { FUNCTIONS, type LISTED_PROVIDERS, resourceName } from '../../../lib/constants.ts';
import type { InstanceRecord } from '../../../lib/providers/instance-record.ts';
import { offerFor } from '../../../local/providers/offers.ts';
import { LOCAL_STAGE } from '../../../local/synth.ts';
import { enrolNode, type ScriptedNode } from './scenario-node.ts';
import type { Stage } from './scenario-stage.ts';

type Key = (typeof LISTED_PROVIDERS)[number];

/** Before anything that happens here. */
const LONG_AGO = '2026-01-31T12:00:00.000Z';

/** Looks at the provider once. */
const runReconcile = ({ cloud }: Stage, provider: Key): Promise<void> =>
  cloud.tick(resourceName(LOCAL_STAGE, `${FUNCTIONS.reconcileInstances}-${provider}`));

/** Stores a key that this stage alone knows; the provider takes no other. Checks that share the stage share the key. */
const logIn = async ({ operator, simulators }: Stage, provider: Key): Promise<void> => {
  const { providerSecrets } = operator.stores;
  if ((await providerSecrets.read(provider)) !== undefined) return;
  const { keys } = simulators.of(provider);
  const apiKey = randomUUID();
  keys.clear();
  keys.add(apiKey);
  await providerSecrets.write(provider, JSON.stringify({ apiKey }));
};

interface RentedNode {
  readonly instanceId: string;
  readonly node: ScriptedNode;
}

/** A rented instance and the node on it; the caller closes the node. */
const rentNode = async (stage: Stage, provider: Key): Promise<RentedNode> => {
  await logIn(stage, provider);
  const { id: instanceId } = await stage.simulators.of(provider).account.rent(offerFor(provider, 0));
  return { instanceId, node: await enrolNode(stage.cloud, { provider, instanceId }) };
};

const findRecord = async (
  { operator }: Stage,
  provider: Key,
  instanceId: string,
): Promise<InstanceRecord> => {
  const records = await operator.stores.instances.list(provider);
  const record = records.find(({ instance }) => instance.instanceId === instanceId);
  if (record === undefined) throw new Error(`${provider} ${instanceId} has no record`);
  return record;
};

/** A listing lacked the instance long ago already: the next one that lacks it is the second in a row. */
const missOnce = async (stage: Stage, provider: Key, instanceId: string): Promise<void> => {
  const { providerStates, instances } = stage.operator.stores;
  const state = await providerStates.get(provider);
  if (state === undefined) throw new Error(`${provider} was never listed`);
  const { revision, ...known } = state;
  const { revision: recordRevision, ...record } = await findRecord(stage, provider, instanceId);
  const missed = { misses: 1, missedAt: LONG_AGO, missedListing: state.listingNumber };
  const isWritten =
    (await providerStates.put({ ...known, completeAt: LONG_AGO }, revision)) &&
    (await instances.put({ ...record, ...missed }, recordRevision));
  if (!isWritten) throw new Error('a cycle that nobody started came in between');
};

export type { Key, RentedNode };
export { findRecord, LONG_AGO, logIn, missOnce, rentNode, runReconcile };
