import { describe, expect, it, onTestFinished } from 'vitest';
import { type Simulators, startSimulators } from '../../../local/providers/simulators.ts';
import { livingInstances, rentFleet, workingInstances } from '../../../local/start/rent-fleet.ts';

const start = async (): Promise<Simulators> => {
  const simulators = await startSimulators();
  onTestFinished(() => simulators.stop());
  return simulators;
};

const countsOf = ({ all }: Simulators): number[] => all.map(({ account }) => account.listed().length);

describe('rentFleet', () => {
  it('begins with two of each provider, with machine folders that count on', async () => {
    const simulators = await start();

    await rentFleet(simulators, undefined);

    expect(countsOf(simulators)).toEqual([2, 2, 2]);
    expect(simulators.all.flatMap(({ account }) => account.folders()).toSorted()).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
    ]);
  });

  it('rents pairs of one GPU type, of which one works and one is idle', async () => {
    const simulators = await start();

    const rented = await rentFleet(simulators, 6);

    expect(rented.map(({ load }) => load.gpuPercent !== 0)).toEqual([true, true, true, false, false, false]);
    for (const { account } of simulators.all) {
      const [one, other] = account.listed();
      expect(other?.offer.type).toBe(one?.offer.type);
    }
    expect(workingInstances(simulators)).toBe(3);
  });

  it.each([
    [0, [0, 0, 0]],
    [1, [1, 0, 0]],
    [5, [2, 2, 1]],
    [8, [3, 3, 2]],
  ])('spreads %i', async (asked, counts) => {
    const simulators = await start();

    await rentFleet(simulators, asked);

    expect(countsOf(simulators)).toEqual(counts);
  });

  it('does not bring back what was terminated, unless it is asked for more', async () => {
    const simulators = await start();
    await rentFleet(simulators, undefined);
    const { account } = simulators.of('vast');
    account.terminate(account.listed()[0]?.id ?? '');

    await rentFleet(simulators, undefined);
    const untouched = livingInstances(simulators);
    await rentFleet(simulators, 6);

    expect([untouched, livingInstances(simulators)]).toEqual([5, 6]);
    expect(countsOf(simulators)).toEqual([2, 2, 2]);
  });

  it('leaves alone what is more than asked for', async () => {
    const simulators = await start();
    await rentFleet(simulators, 4);

    await rentFleet(simulators, 1);

    expect(livingInstances(simulators)).toBe(4);
  });
});
