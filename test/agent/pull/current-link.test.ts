import { mkdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDataFolder } from '../../../agent/disk/data-folder.ts';
import { assertLinkable, followPromotion } from '../../../agent/pull/current-link.ts';
import { KeyedMutex } from '../../../agent/semaphore.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const promotion = (version: string, digit: string) => ({
  kind: 'model' as const,
  name: 'hex8_2p',
  version,
  artifactId: digit.repeat(64),
});

describe('followPromotion', () => {
  const prepare = async () => {
    const root = temporaryFolder();
    const folder = await openDataFolder(root);
    for (const version of ['1', '2']) mkdirSync(join(root, 'models/hex8_2p', version), { recursive: true });
    const mutex = new KeyedMutex();
    return {
      follow: (version: string, at: string) =>
        followPromotion(folder, mutex, promotion(version, version), at),
      current: () => readlinkSync(join(root, 'models/hex8_2p/current')),
    };
  };

  it('an older promotion that comes late never moves the link back', async () => {
    const { follow, current } = await prepare();
    expect(await follow('2', '2026-11-20T12:00:00.000Z')).toBe('2026-11-20T12:00:00.000Z');

    expect(await follow('1', '2026-11-20T11:00:00.000Z')).toBe('2026-11-20T12:00:00.000Z');

    expect(current()).toBe('2');
  });

  it('an older version that is promoted again later is followed: a rollback', async () => {
    const { follow, current } = await prepare();
    await follow('2', '2026-11-20T12:00:00.000Z');
    await follow('1', '2026-11-20T13:00:00.000Z');
    expect(current()).toBe('1');
  });

  it('two promotions of the same instant end the same whatever their order', async () => {
    const [one, other] = [await prepare(), await prepare()];
    const at = '2026-11-20T12:00:00.000Z';
    await one.follow('1', at);
    await one.follow('2', at);
    await other.follow('2', at);
    await other.follow('1', at);
    expect(one.current()).toBe(other.current());
  });
});

describe('assertLinkable', () => {
  it('refuses a file outside the folder that the link would show', () => {
    expect(() => assertLinkable(promotion('1', '1'), 'models/hex8_2p/1/m.pth')).not.toThrow();
    expect(() => assertLinkable(promotion('1', '1'), 'models/other/1/m.pth')).toThrow(/current link/);
  });
});
