import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Journal } from '../../../agent/commands/journal.ts';
import { applyEntry, compactEntries, emptyState } from '../../../agent/commands/journal-state.ts';
import type { CommandResult } from '../../../lib/commands/command-result.ts';
import { silentLog, temporaryFolder } from '../temporary-folder.ts';

const at = new Date('2026-11-20T10:00:00.000Z');
const answer = (commandId: string): CommandResult => ({
  commandId,
  attempt: 1,
  commandType: 'pull',
  outcome: 'failed',
  failure: { class: 'io-error', message: 'the disk — with an umlaut: ä' },
});
const resumeCommand = (commandId: string) => ({
  schemaVersion: 1 as const,
  commandId,
  nodeId: 'n-0123456789ab',
  attempt: 1,
  issuedAt: at.toISOString(),
  deadlineAt: at.toISOString(),
  type: 'resume' as const,
  drainId: 'd-1',
  epoch: 1,
});
const openAt = (path: string) => Journal.open(path, () => at, silentLog);

describe('Journal', () => {
  it('loses no answered command wherever a crash cuts the file, and goes on after it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (count, share) => {
          const folder = mkdtempSync(join(tmpdir(), 'drover-journal-'));
          try {
            const path = join(folder, 'commands.jsonl');
            const journal = await openAt(path);
            const safeSize: number[] = [];
            for (let index = 0; index < count; index += 1) {
              await journal.started(resumeCommand(`c-${index}`));
              await journal.answered(answer(`c-${index}`));
              safeSize.push(statSync(path).size);
            }
            await journal.close();
            const cut = Math.round(statSync(path).size * share);
            truncateSync(path, cut);

            const reopened = await openAt(path);
            await reopened.answered(answer('c-after'));
            await reopened.close();
            const last = await openAt(path);

            for (const [index, size] of safeSize.entries()) {
              if (size <= cut)
                expect(last.recall({ commandId: `c-${index}`, attempt: 1 })?.result).toEqual(
                  answer(`c-${index}`),
                );
            }
            expect(last.recall({ commandId: 'c-after', attempt: 1 })?.result).toEqual(answer('c-after'));
            await last.close();
          } finally {
            rmSync(folder, { recursive: true });
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('knows after a restart what ran and what was not reported', async () => {
    const path = join(temporaryFolder(), 'commands.jsonl');
    const journal = await openAt(path);
    await journal.started(resumeCommand('c-running'));
    await journal.answered(answer('c-waiting'));
    await journal.answered(answer('c-done'));
    await journal.reported(answer('c-done'));
    await journal.draining({ drainId: 'd-1', epoch: 3, drainUntil: '2026-11-20T11:00:00.000Z' });
    await journal.resumed(2);
    await journal.close();

    const after = await openAt(path);

    expect(after.unanswered().map(({ commandId }) => commandId)).toEqual(['c-running']);
    expect(after.unreported().map(({ commandId }) => commandId)).toEqual(['c-waiting']);
    expect(after.drain?.epoch).toBe(3);
    expect(after.resumedEpoch).toBe(2);
    await after.close();
  });

  it('keeps the first answer when a command is answered twice', async () => {
    const journal = await openAt(join(temporaryFolder(), 'commands.jsonl'));
    await journal.answered(answer('c-1'));
    await journal.answered({ commandId: 'c-1', attempt: 1, commandType: 'pull', outcome: 'succeeded' });

    expect(journal.recall({ commandId: 'c-1', attempt: 1 })?.result?.outcome).toBe('failed');
    expect(journal.recall({ commandId: 'c-1', attempt: 2 })).toBeUndefined();
    await journal.close();
  });

  it('stays short: two thousand lines are written anew', async () => {
    const path = join(temporaryFolder(), 'commands.jsonl');
    const journal = await openAt(path);
    await Promise.all(Array.from({ length: 2100 }, () => journal.resumed(7)));
    await journal.close();

    expect(readFileSync(path, 'utf8').split('\n').length).toBeLessThan(200);
    const after = await openAt(path);
    expect(after.resumedEpoch).toBe(7);
    await after.close();
  });
});

describe('compactEntries', () => {
  it('drops answers that nobody can ask for, but never one that was not reported', () => {
    const state = emptyState();
    const old = '2026-10-01T00:00:00.000Z';
    for (const id of ['c-reported', 'c-unreported'])
      applyEntry(state, { entry: 'answered', at: old, result: answer(id) });
    applyEntry(state, { entry: 'reported', at: old, commandId: 'c-reported', attempt: 1 });

    const ids = compactEntries(state, at).flatMap((entry) =>
      entry.entry === 'answered' ? [entry.result.commandId] : [],
    );

    expect(ids).toEqual(['c-unreported']);
  });
});
