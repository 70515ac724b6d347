import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keepTidy } from '../../../agent/disk/keep-tidy.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const now = new Date('2026-11-20T10:00:00.000Z');

/** Runs it over `days` waits, and gives what it logged and how long it waited. */
const run = async (root: string, quarantine: string, days: number) => {
  const waits: number[] = [];
  const lines: string[] = [];
  const write = (message: string, fields?: object): void => {
    lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
  };
  await keepTidy(
    {
      folder: { root, quarantine },
      tidyJobs: async () => [],
      openCommands: () => [],
      timing: {
        now: () => now,
        random: () => 0.5,
        wait: async (seconds) => {
          waits.push(seconds);
          return waits.length < days;
        },
      },
      log: { debug: write, info: write, warn: write, error: write },
    },
    new AbortController().signal,
  );
  return { waits, lines };
};

describe('keepTidy', () => {
  it('tidies at the start and every day, and logs what it removed', async () => {
    const root = temporaryFolder();
    const quarantine = join(root, '.drover/quarantine');
    mkdirSync(quarantine, { recursive: true });
    const old = join(root, '.m.pth.0a1b2c3d.partial');
    writeFileSync(old, 'half');
    utimesSync(old, new Date(0), new Date(0));
    const { waits, lines } = await run(root, quarantine, 2);
    expect(existsSync(old)).toBe(false);
    expect(waits).toEqual([86_400, 86_400]);
    expect(lines).toEqual([
      'removed unfinished file of a delivery that was given up {"path":".m.pth.0a1b2c3d.partial","bytes":4}',
    ]);
  });

  it('goes on when one part fails', async () => {
    const root = temporaryFolder();
    const { lines } = await run(root, join(root, 'nowhere'), 1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('cannot remove every old quarantine');
  });
});
