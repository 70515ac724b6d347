import { describe, expect, it } from 'vitest';
import { parseGpus } from '../../../agent/metrics/read-gpus.ts';

describe('parseGpus', () => {
  it('reads percent and mebibytes', () => {
    expect(parseGpus('0, NVIDIA H100 80GB HBM3, 37, 1024, 81559\n')).toEqual([
      {
        index: 0,
        name: 'NVIDIA H100 80GB HBM3',
        utilizationPercent: 37,
        memoryUsedBytes: 1024 * 1024 ** 2,
        memoryTotalBytes: 81559 * 1024 ** 2,
      },
    ]);
  });

  it.each(['[N/A]', '[Not Supported]', '[Unknown Error]', '', '-1', '250'])(
    'leaves a utilisation of %j out, never 0',
    (text) => {
      const [gpu] = parseGpus(`1, NVIDIA A10, ${text}, [N/A], 24564\n`);
      expect(gpu).toMatchObject({ index: 1, memoryTotalBytes: 24564 * 1024 ** 2 });
      expect(gpu).not.toHaveProperty('utilizationPercent');
      expect(gpu).not.toHaveProperty('memoryUsedBytes');
    },
  );

  it('keeps a true 0', () => {
    expect(parseGpus('0, A, 0, 0, 100')[0]).toMatchObject({ utilizationPercent: 0, memoryUsedBytes: 0 });
  });

  it('takes nothing from lines that are no GPU', () => {
    expect(parseGpus('Failed to initialize NVML: Driver/library version mismatch')).toEqual([]);
  });
});
