import { describe, expect, it } from 'vitest';
import { parseGpus, parseRemappedRows } from '../../../agent/metrics/parse-gpus.ts';

const gpuOf = (line: string) => parseGpus(line)[0]?.gpu;

describe('parseGpus', () => {
  it('reads percent and mebibytes', () => {
    expect(parseGpus('0, NVIDIA H100 80GB HBM3, 37, 1024, 81559\n')).toEqual([
      {
        gpu: {
          index: 0,
          name: 'NVIDIA H100 80GB HBM3',
          utilizationPercent: 37,
          memoryUsedBytes: 1024 * 1024 ** 2,
          memoryTotalBytes: 81559 * 1024 ** 2,
        },
      },
    ]);
  });

  it('keeps every GPU of a node by itself: no mean hides a busy one [health-and-idle#1.8-5]', () => {
    const output = [60, 0, 0, 0, 0, 0, 0, 0]
      .map((use, index) => `${index}, H100, ${use}, 0, 81559`)
      .join('\n');
    expect(parseGpus(output).map(({ gpu }) => gpu.utilizationPercent)).toEqual([60, 0, 0, 0, 0, 0, 0, 0]);
  });

  it.each(['[N/A]', '[Not Supported]', '[Unknown Error]', '', '-1', '250'])(
    'leaves a utilisation of %j out, never 0 [health-and-idle#12-5]',
    (text) => {
      const gpu = gpuOf(`1, NVIDIA A10, ${text}, [N/A], 24564\n`);
      expect(gpu).toMatchObject({ index: 1, memoryTotalBytes: 24564 * 1024 ** 2 });
      expect(gpu).not.toHaveProperty('utilizationPercent');
      expect(gpu).not.toHaveProperty('memoryUsedBytes');
    },
  );

  it('keeps a true 0', () => {
    expect(gpuOf('0, A, 0, 0, 100')).toMatchObject({ utilizationPercent: 0, memoryUsedBytes: 0 });
  });

  it('reads trouble, and where the GPU sits', () => {
    expect(parseGpus('0, A, 0, 0, 100, 00000000:3B:00.0, 91, 2, Not Active, Active')).toEqual([
      {
        gpu: expect.objectContaining({
          temperatureCelsius: 91,
          uncorrectedEccErrors: 2,
          thermalThrottled: true,
        }),
        busId: '00000000:3B:00.0',
      },
    ]);
  });

  it.each([
    ['Active', '[N/A]', true],
    ['[N/A]', 'Active', true],
    ['Not Active', 'Not Active', false],
    ['Not Active', '[N/A]', undefined],
    ['[N/A]', 'Not Active', undefined],
    ['[N/A]', '[N/A]', undefined],
  ])('says of slowdowns %j and %j: %j', (hardware, software, throttled) => {
    expect(gpuOf(`0, A, 0, 0, 100, 0:1:0.0, [N/A], [N/A], ${hardware}, ${software}`)?.thermalThrottled).toBe(
      throttled,
    );
  });

  it('leaves out the trouble that a GPU cannot tell', () => {
    const gpu = gpuOf('0, A, 0, 0, 100, 0:1:0.0, [N/A], [N/A], [N/A], [N/A]');
    expect(Object.keys(gpu ?? {})).toEqual([
      'index',
      'name',
      'utilizationPercent',
      'memoryUsedBytes',
      'memoryTotalBytes',
    ]);
  });

  it('takes nothing from lines that are no GPU', () => {
    expect(parseGpus('Failed to initialize NVML: Driver/library version mismatch')).toEqual([]);
  });
});

describe('parseRemappedRows', () => {
  it('knows a failure from none, and both from no answer', () => {
    const rows = parseRemappedRows('0:1:0.0, 1\n0:2:0.0, 0\n0:3:0.0, Yes\n0:4:0.0, No\n0:5:0.0, [N/A]\n');
    expect([...rows]).toEqual([
      ['0:1:0.0', true],
      ['0:2:0.0', false],
      ['0:3:0.0', true],
      ['0:4:0.0', false],
    ]);
  });
});
