import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jobFolderOf } from '../../../agent/work/job-folder.ts';
import { tidyJobs } from '../../../agent/work/tidy-jobs.ts';
import type { JobOrder } from '../../../agent/work/work-journal-state.ts';
import { jobTemplateSchema } from '../../../lib/work/job-template.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const HOUR_MS = 3_600_000;

const prepare = () => {
  const jobs = temporaryFolder();
  const leave = (name: string, bytes: number): void => {
    mkdirSync(join(jobs, name, 'deep'), { recursive: true });
    writeFileSync(join(jobs, name, 'deep', 'data'), 'x'.repeat(bytes));
    utimesSync(join(jobs, name), 1, 1);
  };
  return { jobs, leave };
};
const inHours = (hours: number): Date => new Date(Date.now() + hours * HOUR_MS);

describe('tidyJobs', () => {
  it.each([
    [23, ['failed', 'older']],
    [25, []],
  ])('after %i hours has kept %j', async (hours, kept) => {
    const { jobs, leave } = prepare();
    leave('older', 5);
    leave('failed', 5);
    await tidyJobs(jobs, () => [], inHours(hours));
    expect(readdirSync(jobs)).toEqual(kept);
  });

  it('keeps the newest within the limit of bytes', async () => {
    const { jobs, leave } = prepare();
    leave('a-first', 60);
    await new Promise((resolve) => setTimeout(resolve, 20));
    leave('b-second', 50);
    const removed = await tidyJobs(jobs, () => [], new Date(), { keepSeconds: 86_400, maxBytes: 100 });
    expect(removed).toEqual([{ path: 'a-first', bytes: 60 }]);
    expect(readdirSync(jobs)).toEqual(['b-second']);
  });

  it('never removes the folder of a job that is not settled', async () => {
    const { jobs, leave } = prepare();
    const order: JobOrder = {
      token: 't-1',
      workId: 'w-0123456789ab',
      attempt: 1,
      templateName: 'x',
      template: jobTemplateSchema.parse({ jobType: 'x' }),
      parameters: {},
      gpus: [],
    };
    const name = jobFolderOf('', order).path;
    leave(name, 5);
    await tidyJobs(jobs, () => [order], inHours(48), { keepSeconds: 1, maxBytes: 1 });
    expect(readdirSync(jobs)).toEqual([name]);
  });
});
