import { resourceName, TABLES } from '../../../lib/constants.ts';
import { createDynamoBrakeStore } from '../../../lib/health/dynamo-brake-store.ts';
import { LOCAL_STAGE } from '../../../local/synth.ts';
import type { Operator } from './operator.ts';

/** Says, as the evaluation of the fleet's health does, that no mass failure is seen now. It counts for five minutes. */
const releaseBrake = async ({ clients }: Operator): Promise<void> => {
  const store = createDynamoBrakeStore(clients.documents, resourceName(LOCAL_STAGE, TABLES.control));
  const before = await store.get();
  const brake = { evaluatedAt: new Date().toISOString(), on: false, changed: 0, expected: 1 };
  if (!(await store.put(brake, before?.revision)))
    throw new Error('somebody else evaluated the brake at the same moment');
};

export { releaseBrake };
