import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import { WorkWorld } from './work-world.ts';

const NODES = 3;
const ITEMS = 8;
const node = fc.integer({ min: 0, max: NODES - 1 });
const pick = fc.nat({ max: 50 });

type Step = readonly [what: string, run: (world: WorkWorld) => Promise<unknown>];
const step = <Value>(
  weight: number,
  what: string,
  values: fc.Arbitrary<Value>,
  run: (world: WorkWorld, value: Value) => Promise<unknown>,
) => ({
  weight,
  arbitrary: values.map((value): Step => [`${what} ${JSON.stringify(value)}`, (world) => run(world, value)]),
});

/** Everything that can happen, in any order; what is rare in life is rare here too, but not that rare. */
const happening = fc.oneof(
  step(4, 'submit', fc.constant(0), (world) => world.submit()),
  step(8, 'dispatch', fc.constant(0), (world) => world.dispatch()),
  step(4, 'sweep', fc.constant(0), (world) => world.sweep()),
  step(4, 'at once', pick, (world, which) =>
    Promise.all([world.dispatch(), world.deliver(which, false), world.sweep(), world.dispatch()]),
  ),
  step(4, 'wait', fc.integer({ min: 1, max: 40 }), (world, seconds) => world.wait(seconds)),
  step(2, 'wait long', fc.integer({ min: 60, max: 700 }), (world, seconds) => world.wait(seconds)),
  step(12, 'receive', fc.tuple(node, pick), (world, [index, which]) => world.receive(index, which)),
  step(6, 'finish', fc.tuple(node, pick), (world, [index, which]) => world.end(index, which, 'succeeded')),
  step(4, 'fail', fc.tuple(node, pick), (world, [index, which]) => world.end(index, which, 'failed')),
  step(2, 'release', fc.tuple(node, pick), (world, [index, which]) => world.end(index, which, 'released')),
  step(12, 'deliver', fc.tuple(pick, fc.boolean()), (world, [which, keeps]) => world.deliver(which, keeps)),
  step(1, 'restart agent', node, async (world, index) => world.crash(index)),
  step(2, 'silence', node, async (world, index) => world.silence(index)),
  step(2, 'drain', node, (world, index) => world.drain(index)),
  step(1, 'lose', node, (world, index) => world.lose(index)),
  step(3, 'crash', fc.integer({ min: 1, max: 6 }), async (world, writes) => world.breakAfter(writes)),
);

describe('work under random interleavings', () => {
  it('loses no item, completes none twice, starts none where it may not, and counts attempts exactly', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 60, maxLength: 160 }), async (steps) => {
        const world = await WorkWorld.create(NODES, ITEMS);
        for (const [, run] of steps) {
          await run(world);
          await world.check();
        }
        await world.settle();
        await world.checkSettled();
      }),
      { numRuns: 40 },
    );
  });
});
