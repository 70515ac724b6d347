import type { AppliedIdleSettings, IdlePorts } from './idle-ports.ts';
import type { Surroundings } from './idle-snapshot.ts';
import type { Ledger } from './ledger.ts';
import { createListAgain, type ListAgain } from './list-again.ts';
import { type LoadedFleet, loadFleet, loadSurroundings } from './load-fleet.ts';

/**
 * What a cycle reads once, for the first look at each node: it may wait, come back, or begin to drain by it. Whatever ends a node is
 * read again right before, strongly consistent.
 */
interface CycleReading {
  /** Before all of it was read. */
  readonly at: Date;
  readonly settings: AppliedIdleSettings;
  readonly fleet: LoadedFleet;
  readonly around: Surroundings;
  /** Of what really ends. Read after the nodes: the slot of a drain is taken before it begins. */
  readonly ledger: Ledger;
  readonly listAgain: ListAgain;
}

/** @throws when settings, nodes, instances or the ledger cannot be read */
const readCycle = async (ports: IdlePorts): Promise<CycleReading> => {
  const at = ports.clock.now();
  const settings = await ports.settings.current();
  const fleet = await loadFleet(ports);
  const [around, ledger] = await Promise.all([
    loadSurroundings(ports, ports.clock.now()),
    ports.ledgers.get(ports.provider.key, 'real'),
  ]);
  return { at, settings, fleet, around, ledger, listAgain: createListAgain(ports, fleet.records) };
};

export type { CycleReading };
export { readCycle };
