import { describe, expect, it } from 'vitest';
import { countXids, readXids } from '../../../agent/metrics/read-xids.ts';

const log = `[    1.0] NVRM: loading NVIDIA UNIX x86_64 Kernel Module
[  100.0] NVRM: Xid (PCI:0000:3b:00): 31, pid=1234, name=python, Ch 00000008
[  101.0] NVRM: Xid (PCI:0000:3b:00.0): 79, GPU has fallen off the bus.
[  102.0] NVRM: Xid (PCI:0000:5e:00): 48, pid='<unknown>', An uncorrectable double bit error
`;

describe('countXids', () => {
  it("counts the errors of the node's own GPUs, with the last code", () => {
    expect(countXids(log, ['00000000:3B:00.0'])).toEqual({ count: 2, lastCode: 79 });
    expect(countXids(log, ['00000000:3B:00.0', '00000000:5E:00.0'])).toEqual({ count: 3, lastCode: 48 });
  });

  it("knows nothing of another tenant's GPUs on the same host", () => {
    expect(countXids(log, ['00000000:AF:00.0'])).toEqual({ count: 0 });
  });
});

describe('readXids', () => {
  it('cannot tell when the kernel log cannot be read: unknown is not 0', async () => {
    expect(await readXids(['0:1:0.0'], '/nowhere/dmesg')).toBeUndefined();
    expect(await readXids(['0:1:0.0'], 'false')).toBeUndefined();
  });

  it('counts none in a log without any', async () => {
    expect(await readXids(['0:1:0.0'], 'true')).toEqual({ count: 0 });
  });
});
