import { describe, expect, it } from 'vitest';
import { createPacingGate } from '../../lib/providers/pacing-gate.ts';

const BUCKET = { name: 'list', minimumIntervalSeconds: 1.1 };
const START = new Date('2026-11-23T12:00:00.000Z');

/** A gate on a clock that only waiting moves; `starts`: when each request could go, in milliseconds. */
const observeGate = () => {
  let elapsed = 0;
  const starts: number[] = [];
  const gate = createPacingGate({ now: () => new Date(START.getTime() + elapsed) }, async (milliseconds) => {
    elapsed += milliseconds;
  });
  const go = async (bucket = BUCKET): Promise<void> => {
    await gate.acquire(bucket);
    starts.push(elapsed);
  };
  return { go, starts, pass: (milliseconds: number) => (elapsed += milliseconds) };
};

describe('createPacingGate', () => {
  it('keeps the interval between requests of one bucket', async () => {
    const { go, starts } = observeGate();
    await go();
    await go();
    await go();
    expect(starts).toEqual([0, 1100, 2200]);
  });

  it('does not wait when the interval has passed', async () => {
    const { go, starts, pass } = observeGate();
    await go();
    pass(5000);
    await go();
    expect(starts).toEqual([0, 5000]);
  });

  it('does not let one bucket wait for another', async () => {
    const { go, starts } = observeGate();
    await go();
    await go({ name: 'destroy', minimumIntervalSeconds: 3.2 });
    expect(starts).toEqual([0, 0]);
  });

  it('gives requests at the same time a turn each', async () => {
    const waits: number[] = [];
    const gate = createPacingGate({ now: () => START }, async (milliseconds) => {
      waits.push(milliseconds);
    });
    await Promise.all([gate.acquire(BUCKET), gate.acquire(BUCKET), gate.acquire(BUCKET)]);
    expect(waits).toEqual([1100, 2200]);
  });
});
