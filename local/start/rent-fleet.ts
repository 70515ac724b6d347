import { offerFor } from '../providers/offers.ts';
import type { Simulator } from '../providers/simulator.ts';
import type { Simulators } from '../providers/simulators.ts';

/** Two of each provider. */
const FIRST_FLEET = 6;

const livingOf = ({ account }: Simulator): number =>
  account.listed().filter(({ phase }) => phase === 'booting' || phase === 'running' || phase === 'stopped')
    .length;

const livingInstances = ({ all }: Simulators): number =>
  all.reduce((sum, simulator) => sum + livingOf(simulator), 0);

/**
 * Rents what is missing to `asked` instances, each where there are fewest. Not asked, it rents a first fleet once: what
 * was terminated later does not come back by itself.
 */
const rentFleet = async (simulators: Simulators, asked: number | undefined): Promise<void> => {
  const isFirst = simulators.all.every(({ account }) => account.folders().length === 0);
  const wanted = asked ?? (isFirst ? FIRST_FLEET : 0);
  for (let missing = wanted - livingInstances(simulators); missing > 0; missing -= 1) {
    const [fewest] = simulators.all.toSorted((left, right) => livingOf(left) - livingOf(right));
    if (fewest === undefined) return;
    await fewest.account.rent(offerFor(fewest.provider, livingOf(fewest)));
  }
};

export { livingInstances, rentFleet };
