import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StoredArtifacts } from '../../../agent/data/stored-artifacts.ts';
import { silentLog, temporaryFolder } from '../temporary-folder.ts';

const id = (letter: string): string => letter.repeat(64);
const uploaded = (letter: string, bytes = 10) => ({
  artifactId: id(letter),
  kind: 'games' as const,
  name: 'hex8_2p',
  version: id(letter).slice(0, 12),
  fileName: 'a.games',
  bytes,
});
const prepare = async () => {
  const path = join(temporaryFolder(), 'artifacts.jsonl');
  const open = async () => {
    const opened = await StoredArtifacts.open(path, silentLog);
    onTestFinished(() => opened.close());
    return opened;
  };
  return { path, open, stored: await open() };
};

describe('StoredArtifacts', () => {
  it('knows what the store has, by content and by size, over restarts', async () => {
    const { open, stored } = await prepare();
    await stored.stored(id('a'), 5);
    await stored.uploaded(uploaded('b', 7));
    for (const one of [stored, await open()]) {
      expect([one.has(id('a')), one.has(id('b')), one.has(id('c'))]).toEqual([true, true, false]);
      expect([one.hasSize(5), one.hasSize(7), one.hasSize(6)]).toEqual([true, true, false]);
    }
  });

  it('keeps what the control plane was not told, until it was', async () => {
    const { open, stored } = await prepare();
    await stored.uploaded(uploaded('a'));
    await stored.uploaded(uploaded('b'));
    await stored.reported(id('a'));
    expect((await open()).unreported()).toEqual([uploaded('b')]);
    expect(stored.unreported()).toEqual([uploaded('b')]);
  });

  it('leaves out a line that a crash tore, and nothing else', async () => {
    const { path, open, stored } = await prepare();
    await stored.stored(id('a'), 5);
    appendFileSync(path, '{"entry":"stored","arti');
    const reopened = await open();
    expect(reopened.has(id('a'))).toBe(true);
    await reopened.stored(id('b'), 6);
    expect((await open()).has(id('b'))).toBe(true);
  });
});
