import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WorkJournal } from '../../../agent/work/work-journal.ts';
import type { JobOrder } from '../../../agent/work/work-journal-state.ts';
import { jobTemplateSchema } from '../../../lib/work/job-template.ts';
import { silentLog, temporaryFolder } from '../temporary-folder.ts';

const DAY_MS = 86_400_000;
const start = new Date('2026-11-20T10:00:00.000Z');
const order = (token: string): JobOrder => ({
  token,
  workId: 'w-0123456789ab',
  attempt: 1,
  templateName: 'play',
  template: jobTemplateSchema.parse({ jobType: 'selfplay', command: ['/bin/true'] }),
  parameters: {},
  gpus: [0],
});
const process = { pid: 77, processStart: '12345', startedAt: start.toISOString() };
const released = (token: string) => ({
  token,
  workId: 'w-0123456789ab',
  attempt: 1,
  state: 'released' as const,
  reason: 'agent-restart' as const,
  message: 'm',
});

const prepare = () => {
  const path = join(temporaryFolder(), 'work.jsonl');
  const open = async (now = start) => await WorkJournal.open(path, () => now, silentLog);
  return { path, open };
};

type Step = (journal: WorkJournal) => Promise<void>;
const steps: Readonly<Record<string, (token: string) => Step>> = {
  accepted: (token) => async (journal) => await journal.accepted(order(token)),
  started: (token) => async (journal) => await journal.started(token, process),
  ended: (token) => async (journal) => await journal.ended(token, { kind: 'exited', code: 0 }, 5),
  concluded: (token) => async (journal) => await journal.concluded(released(token)),
  startReported: (token) => async (journal) => await journal.reported(token, 'start'),
  reported: (token) => async (journal) => await journal.reported(token, 'conclusion'),
  cancelled: (token) => async (journal) => await journal.cancelled(token),
};

describe('the work journal', () => {
  it('knows after a restart how far each job came', async () => {
    const { open } = prepare();
    const journal = await open();
    await journal.accepted(order('t-1'));
    await journal.started('t-1', process);
    await journal.reported('t-1', 'start');
    await journal.accepted(order('t-2'));
    await journal.ended('t-2', { kind: 'timeout', limitSeconds: 5 }, 15);
    await journal.concluded(released('t-3'));
    await journal.accepted(order('t-4'));
    await journal.concluded(released('t-4'));
    await journal.reported('t-4', 'conclusion');
    await journal.close();

    const again = await open();
    expect(again.unsettled().map(({ token }) => token)).toEqual(['t-1', 't-2', 't-3']);
    expect(again.recall('t-1')).toMatchObject({ order: order('t-1'), process, isStartReported: true });
    expect(again.recall('t-2')).toMatchObject({ ended: { end: { kind: 'timeout' }, durationSeconds: 15 } });
    expect(again.recall('t-3')).toMatchObject({ conclusion: released('t-3') });
    expect(again.recall('t-4')).toMatchObject({ settledAt: start.toISOString() });
    await again.close();
  });

  it('leaves out a line that a power cut tore', async () => {
    const { path, open } = prepare();
    const journal = await open();
    await journal.accepted(order('t-1'));
    await journal.close();
    appendFileSync(path, '{"entry":"started","at":"2026-11');
    const again = await open();
    await again.started('t-1', process);
    await again.close();
    const last = await open();
    expect(last.recall('t-1')).toMatchObject({ process });
    await last.close();
    expect(readFileSync(path, 'utf8')).not.toContain('"2026-11\n');
  });

  it('lets the first conclusion stand', async () => {
    const { open } = prepare();
    const journal = await open();
    await journal.concluded(released('t-1'));
    await journal.concluded({ ...released('t-1'), reason: 'sigterm' });
    expect(journal.recall('t-1')?.conclusion).toMatchObject({ reason: 'agent-restart' });
    await journal.close();
  });

  it.each([
    [14, true],
    [16, false],
  ])('knows a settled token after %i days: %s', async (days, isKnown) => {
    const { open } = prepare();
    const journal = await open();
    await journal.accepted(order('t-1'));
    await journal.concluded(released('t-1'));
    await journal.reported('t-1', 'conclusion');
    await journal.cancelled('t-2');
    await journal.close();
    const later = await open(new Date(start.getTime() + days * DAY_MS));
    expect(later.recall('t-1') !== undefined).toBe(isKnown);
    expect(later.recall('t-2')?.isCancelled === true).toBe(isKnown);
    await later.close();
  });

  it('says after any number of restarts what it said before', async () => {
    const step = fc.record({
      token: fc.constantFrom('t-1', 't-2', 't-3'),
      name: fc.constantFrom(...Object.keys(steps)),
      restart: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (run) => {
        const { open } = prepare();
        let journal = await open();
        for (const { token, name, restart } of run) {
          await steps[name]?.(token)(journal);
          if (!restart) continue;
          const before = journal.unsettled();
          await journal.close();
          journal = await open();
          expect(journal.unsettled()).toEqual(before);
        }
        await journal.close();
      }),
      { numRuns: 25 },
    );
  });
});
