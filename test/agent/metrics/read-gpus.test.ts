import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createGpuReader } from '../../../agent/metrics/read-gpus.ts';
import { temporaryFolder } from '../temporary-folder.ts';

/** A program that answers as nvidia-smi would, and writes down what it was asked. */
const fakeSmi = (body: string) => {
  const folder = temporaryFolder();
  const program = join(folder, 'nvidia-smi');
  writeFileSync(program, `#!/bin/sh\necho "$1" >> ${folder}/asked\ncase "$1" in\n${body}\nesac\n`);
  chmodSync(program, 0o755);
  const asked = (): string[] => readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n');
  return { read: createGpuReader(program), asked };
};

const REFUSE = `echo 'Field "x" is not a valid field to query.'; exit 2;;`;
const BASIC = `echo '0, A10, 5, 10, 24564';;`;

describe('createGpuReader', () => {
  it('reads GPUs, their trouble and their remapped rows', async () => {
    const { read } = fakeSmi(
      `--query-remapped-rows*) echo '00000000:3B:00.0, 1';;
       *) echo '0, A100, 5, 10, 40960, 00000000:3B:00.0, 60, 0, Not Active, Not Active';;`,
    );
    expect(await read()).toEqual({
      kind: 'read',
      gpus: [
        expect.objectContaining({ utilizationPercent: 5, uncorrectedEccErrors: 0, rowRemapFailed: true }),
      ],
      busIds: ['00000000:3B:00.0'],
    });
  });

  it('keeps the basic readings of one that is too old for the others, and asks it for no more', async () => {
    const { read, asked } = fakeSmi(`*clocks*) ${REFUSE}\n*) ${BASIC}`);
    expect(await read()).toMatchObject({ kind: 'read', gpus: [{ utilizationPercent: 5 }], busIds: [] });
    expect(asked()).toHaveLength(3);

    await read();
    expect(asked()).toHaveLength(4);
  });

  it('takes the older names of fields where the newer ones are not known', async () => {
    const { read } = fakeSmi(
      `*clocks_event*) ${REFUSE}
       --query-remapped-rows*) exit 1;;
       *) echo '0, A10, 5, 10, 24564, 0:1:0.0, 70, [N/A], Active, Not Active';;`,
    );
    expect(await read()).toMatchObject({ gpus: [{ temperatureCelsius: 70, thermalThrottled: true }] });
  });

  it('keeps the readings when only the remapped rows cannot be read, and does not ask again', async () => {
    const { read, asked } = fakeSmi(
      `--query-remapped-rows*) echo 'unknown option'; exit 1;;
       *) echo '0, A10, 5, 10, 24564, 0:1:0.0, 70, [N/A], [N/A], [N/A]';;`,
    );
    await read();
    expect(await read()).toMatchObject({ kind: 'read', gpus: [{ temperatureCelsius: 70 }] });
    expect(asked().filter((query) => query.includes('remapped'))).toHaveLength(1);
  });

  it.each([
    ['an error', 'echo "NVIDIA-SMI has failed"; exit 9;;'],
    ['nonsense', 'echo "what?";;'],
  ])('says that it failed at %s, never that nothing is used', async (_what, answer) => {
    expect(await fakeSmi(`*) ${answer}`).read()).toMatchObject({ kind: 'failed' });
  });

  it('knows no GPU from no answer', async () => {
    expect(await fakeSmi('*) echo "No devices were found";;').read()).toMatchObject({
      kind: 'read',
      gpus: [],
    });
    expect(await createGpuReader('/nowhere/nvidia-smi')()).toEqual({ kind: 'not-installed' });
  });
});
