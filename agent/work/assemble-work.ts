import type { Removed } from '../disk/tidy-partials.ts';
import type { BringTools } from '../flush/bring-file.ts';
import type { NodeTools } from '../node-tools.ts';
import type { Reporter } from '../reports/reporter.ts';
import { Slots } from './slots.ts';
import { TemplateBook } from './template-book.ts';
import { tidyJobs } from './tidy-jobs.ts';
import { WorkKeeper } from './work-keeper.ts';
import { WorkReports } from './work-reports.ts';

interface WorkParts {
  readonly work: WorkKeeper;
  readonly slots: Slots;
  readonly templates: TemplateBook;
  readonly tidyJobs: () => Promise<Removed[]>;
}

/** The parts of a node that run jobs. */
const assembleWork = (
  { config, folder, state, gpuCount, timing, log, end }: NodeTools,
  {
    bring,
    reporter,
    isDraining,
  }: { readonly bring: BringTools; readonly reporter: Reporter; readonly isDraining: () => boolean },
): WorkParts => {
  const { workJournal: journal, configuration } = state;
  const { jobTemplates = {}, ownTemplatesOnly } = config;
  const slots = new Slots(config.slots, gpuCount);
  const templates = new TemplateBook(jobTemplates, ownTemplatesOnly, () => configuration.current?.templates);
  const reports = new WorkReports({
    journal,
    send: async (work, signal) => await reporter.sendUntilAccepted({ type: 'work', work }, signal),
    timing,
    log,
    end,
  });
  const tidy = async (): Promise<Removed[]> =>
    await tidyJobs(folder.jobs, () => journal.unsettled().flatMap(({ order }) => order ?? []), timing.now());
  const work = new WorkKeeper({
    journal,
    reports,
    bring,
    jobs: folder.jobs,
    root: folder.root,
    environment: process.env,
    end,
    templates,
    slots,
    isDraining,
    tidy: async () => void (await tidy()),
    timing,
    log,
  });
  return { work, slots, templates, tidyJobs: tidy };
};

export type { WorkParts };
export { assembleWork };
