import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CloudError } from '../../../local/cloud-error.ts';
import { offerFor } from '../../../local/providers/offers.ts';
import { START, simulate } from './simulated-provider.ts';

const HOUR_MS = 3_600_000;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'account-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the account at a simulated provider', () => {
  it('is as it was after a restart, and was billed meanwhile', async () => {
    const first = await simulate('runpod', { dataFolder: folder, bootMs: 0 });
    const [pod] = await first.rentRunning(1);

    const second = await simulate('runpod', { dataFolder: folder, now: () => START + 10 * HOUR_MS });

    expect(second.account.listed()).toEqual(first.account.listed());
    expect(second.account.bill().microUsd).toBe(10 * 3_580_000);
    expect(second.account.find(pod?.id ?? '')?.phase).toBe('running');
  });

  it('refuses to forget instances when its file is damaged', async () => {
    const file = join(folder, 'vast.json');
    const first = await simulate('vast', { dataFolder: folder });
    await first.rentRunning(1);
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, 40));

    const act = simulate('vast', { dataFolder: folder });

    await expect(act).rejects.toThrow(CloudError);
    await expect(act).rejects.toThrow(file);
  });

  it('keeps what a script says an instance costs, until its phase changes', async () => {
    const { account, pass, rentRunning } = await simulate('vast', { bootMs: 0 });
    const [instance] = await rentRunning(1);
    const id = instance?.id ?? '';

    account.script(id, { charge: 'nothing', answerFields: { actual_status: 'offline' } });
    pass(HOUR_MS);
    const offline = account.bill().microUsd;
    account.script(id, { charge: 'full-and-storage', answerFields: {} });
    pass(HOUR_MS);

    expect([offline, account.bill().microUsd]).toEqual([0, 832_444]);
  });

  it('releases only what is stuck', async () => {
    const { account } = await simulate('vast');
    const { id } = await account.rent(offerFor('vast', 0));

    expect(() => account.release(id)).toThrow('is booting, not terminating');
    expect(() => account.terminate('1')).toThrow('vast has no instance 1');
  });
});
