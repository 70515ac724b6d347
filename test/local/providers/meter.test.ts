import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newMeter, readMeter, setRate, toCents, toMicroUsd } from '../../../local/providers/meter.ts';

const HOUR_MS = 3_600_000;
const sessions = fc.array(fc.record({ microUsdPerHour: fc.nat(50_000_000), ms: fc.nat(90 * 24 * HOUR_MS) }), {
  maxLength: 30,
});

describe('the meter of an instance', () => {
  it('bills exactly what each session cost, whatever came before it', () => {
    fc.assert(
      fc.property(sessions, (rows) => {
        let meter = newMeter(0);
        let atMs = 0;
        let expected = 0n;
        for (const { microUsdPerHour, ms } of rows) {
          meter = setRate(meter, microUsdPerHour, atMs, 0);
          atMs += ms;
          expected += BigInt(microUsdPerHour) * BigInt(ms);
          expect(readMeter(meter, atMs, 0)).toBe(expected);
        }
      }),
    );
  });

  it('rounds a session up once, also when it is told the same rate again', () => {
    let meter = setRate(newMeter(0), 600_000, 0, 60_000);
    meter = setRate(meter, 600_000, 30_500, 60_000);
    meter = setRate(meter, 0, 90_000, 60_000);

    expect(toMicroUsd(readMeter(meter, HOUR_MS, 60_000))).toBe(20_000);
  });

  it.each([
    [5_000, 1],
    [4_999, 0],
    [4_290_000, 429],
  ])('turns %i micro-dollars into %i cents', (microUsd, cents) => {
    expect(toCents(microUsd)).toBe(cents);
  });
});
