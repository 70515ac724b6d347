import type { Offer } from './instance.ts';
import { stoppedMicroUsdPerHour } from './runpod/view.ts';

const CENT = 10_000;

const lambda = (type: string, gpuCount: number, region: string, cents: number): Offer => ({
  type,
  gpuCount,
  region,
  microUsdPerHour: cents * CENT,
  storageMicroUsdPerHour: 0,
  diskGigabytes: 2816,
  interruptible: false,
});

const runpod = (type: string, gpuCount: number, region: string, centsPerGpu: number): Offer => ({
  type,
  gpuCount,
  region,
  microUsdPerHour: centsPerGpu * gpuCount * CENT,
  storageMicroUsdPerHour: stoppedMicroUsdPerHour(100),
  diskGigabytes: 100,
  interruptible: false,
});

/**
 * What the simulators rent out. Prices as of autumn 2026: Lambda's and RunPod's list prices, and what Vast's market
 * asked. They stand for nothing but themselves: Drover reads prices from the API.
 */
const OFFERS: Readonly<Record<string, readonly Offer[]>> = {
  'lambda-labs': [
    lambda('gpu_1x_h100_sxm5', 1, 'us-south-1', 429),
    lambda('gpu_1x_a100_sxm4', 1, 'us-west-1', 199),
    lambda('gpu_8x_a100_80gb_sxm4', 8, 'us-west-1', 2232),
  ],
  vast: [
    {
      type: 'RTX 4090',
      gpuCount: 2,
      region: 'Oregon, US',
      microUsdPerHour: 820_000,
      storageMicroUsdPerHour: 12_444,
      diskGigabytes: 60,
      interruptible: false,
    },
    {
      type: 'H100 SXM',
      gpuCount: 1,
      region: 'Quebec, CA',
      microUsdPerHour: 1_900_000,
      storageMicroUsdPerHour: 4_000,
      diskGigabytes: 14,
      interruptible: true,
    },
  ],
  runpod: [
    runpod('NVIDIA A100-SXM4-80GB', 2, 'US-MD-1', 179),
    runpod('NVIDIA GeForce RTX 4090', 1, 'EU-RO-1', 74),
  ],
};

/** The offer that the `index`-th instance of a provider gets. @throws Error for a provider that is not simulated */
const offerFor = (provider: string, index: number): Offer => {
  const offers = OFFERS[provider] ?? [];
  const offer = offers[index % Math.max(1, offers.length)];
  if (offer === undefined) throw new Error(`there is no simulator of ${provider}`);
  return offer;
};

export { offerFor };
