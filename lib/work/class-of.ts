import type { Requirements } from './job-template.ts';
import type { WorkClass } from './work-item.ts';

/** GPUs from here on are `gpu-large`: an A100 with 40 GB is the smallest of them. */
const LARGE_GPU_GIGABYTES = 40;
/** As makers of GPUs count: a card of 24 GB has a little more than 24 × 10^9 bytes, and less than 24 GiB. */
const BYTES_PER_GIGABYTE = 1_000_000_000;

/** What kind of node a job needs. */
const classOf = ({ gpus, gpuMemoryGigabytes = 0 }: Requirements): WorkClass => {
  if (gpus === 0) return 'cpu';
  return gpuMemoryGigabytes >= LARGE_GPU_GIGABYTES ? 'gpu-large' : 'gpu';
};

export { BYTES_PER_GIGABYTE, classOf, LARGE_GPU_GIGABYTES };
