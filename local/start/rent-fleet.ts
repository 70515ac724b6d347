import type { SimInstance } from '../providers/instance.ts';
import { idleLoad, trainingLoad } from '../providers/load.ts';
import { offerFor } from '../providers/offers.ts';
import type { Simulator } from '../providers/simulator.ts';
import type { Simulators } from '../providers/simulators.ts';

/** Two of each provider. */
const FIRST_FLEET = 6;
/** Of the same GPU type: how many nodes to keep is counted by it. */
const PAIR = 2;

const livingOf = ({ account }: Simulator): SimInstance[] =>
  account.listed().filter(({ phase }) => phase === 'booting' || phase === 'running' || phase === 'stopped');

const living = ({ all }: Simulators): SimInstance[] => all.flatMap(livingOf);

const livingInstances = (simulators: Simulators): number => living(simulators).length;

/** Of those, the ones that train: idle shutdown leaves them alone. */
const workingInstances = (simulators: Simulators): number =>
  living(simulators).filter(({ load }) => load.gpuPercent !== 0).length;

/**
 * Rents what is missing to `asked` instances, each where there are fewest: in pairs, of which one works and one is idle.
 * Not asked, it rents a first fleet once: what was terminated later does not come back by itself. Answers what it rented.
 */
const rentFleet = async (simulators: Simulators, asked: number | undefined): Promise<SimInstance[]> => {
  const isFirst = simulators.all.every(({ account }) => account.folders().length === 0);
  const wanted = asked ?? (isFirst ? FIRST_FLEET : 0);
  const rented: SimInstance[] = [];
  for (let missing = wanted - livingInstances(simulators); missing > 0; missing -= 1) {
    const [fewest] = simulators.all.toSorted((left, right) => livingOf(left).length - livingOf(right).length);
    if (fewest === undefined) break;
    const { length } = livingOf(fewest);
    const works = length % PAIR === 0;
    rented.push(
      await fewest.account.rent(offerFor(fewest.provider, Math.floor(length / PAIR)), {
        load: works ? trainingLoad : idleLoad,
      }),
    );
  }
  return rented;
};

export { livingInstances, rentFleet, workingInstances };
