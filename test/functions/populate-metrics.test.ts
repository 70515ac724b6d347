import { describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { publishPopulateMetrics } from '../../functions/populate-metrics.ts';
import { unknown } from '../../lib/health/reading.ts';
import { decidePopulation } from '../../lib/work/decide-population.ts';
import { at } from '../nodes/fixtures.ts';
import { makeDepth, makeFacts, row } from '../work/population-fixtures.ts';

const lineSchema = z.looseObject({ _aws: z.unknown() });

/** The one line of metrics that a cycle writes. */
const publish = (facts: ReturnType<typeof makeFacts>) => {
  const lines: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  const { evidence } = decidePopulation(facts, at(0));
  publishPopulateMetrics({ population: evidence, made: 3, errors: [] });
  spy.mockRestore();
  expect(lines).toHaveLength(1);
  const { _aws, ...values } = lineSchema.parse(JSON.parse(lines[0] ?? ''));
  return values;
};

describe('publishPopulateMetrics', () => {
  it('says 2 at 95 % of the hard limit, where every screen says stop [events#6-8]', () => {
    expect(publish(makeFacts({ depth: makeDepth([row('selfplay', 950)]) }))).toEqual({
      service: 'populate-queue',
      QueueDepthCpu: 0,
      QueueDepthGpu: 950,
      QueueDepthGpuLarge: 0,
      WorkMade: 3,
      BackpressureLevel: 2,
      QueueDepthUnknown: 0,
      StarvedClasses: 0,
    });
  });

  it.each([{ depth: unknown('page 3 failed') }, { capacity: unknown('throttled') }])(
    'has no depth for what is not known, and says that it is not',
    (change) => {
      const values = publish(makeFacts(change));
      expect(values).toMatchObject({ QueueDepthUnknown: 1 });
      expect(values).not.toHaveProperty('QueueDepthGpu');
    },
  );
});
