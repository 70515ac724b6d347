import type { JobFolder } from './job-folder.ts';
import type { JobOrder } from './work-journal-state.ts';

const ALWAYS_PASSED = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'] as const;

/** The agent's own settings and the keys of an account are no job's business, whoever asks for them. */
const NEVER_PASSED = /^(DROVER|AWS)_/i;

/** The whole environment of a job's program. @param own the agent's @param root the agent's data folder */
const jobEnvironment = (
  own: NodeJS.ProcessEnv,
  { workId, campaignId, template, gpus }: JobOrder,
  { folder, root }: { readonly folder: JobFolder; readonly root: string },
): Record<string, string> => {
  const passed = [...ALWAYS_PASSED, ...template.passEnvironment].flatMap((name): [string, string][] => {
    const value = own[name];
    return value === undefined || NEVER_PASSED.test(name) ? [] : [[name, value]];
  });
  return {
    ...Object.fromEntries(passed),
    ...template.environment,
    // nvidia-smi, by which GPUs are counted, orders them so; CUDA would put the fastest first.
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    // Empty is none at all, where no variable would be every GPU.
    CUDA_VISIBLE_DEVICES: gpus.join(','),
    // So that it can put what must outlive it.
    DROVER_DATA: root,
    DROVER_WORK_ID: workId,
    ...(campaignId === undefined ? {} : { DROVER_CAMPAIGN: campaignId }),
    DROVER_JOB_FOLDER: folder.path,
    DROVER_RESULT: folder.result,
  };
};

export { jobEnvironment };
