import type { SimInstance } from './instance.ts';
import { readMeter, toCents, toMicroUsd } from './meter.ts';

interface Bill {
  readonly microUsd: number;
  readonly cents: number;
  /** Every instance that ever was. */
  readonly instances: readonly { readonly id: string; readonly name: string; readonly microUsd: number }[];
}

/** What the account owes at `atMs`. The total is rounded once, not the sum of rounded rows. */
const readBill = (instances: readonly SimInstance[], atMs: number, incrementMs: number): Bill => {
  const rows = instances.map(({ id, name, meter }) => ({
    id,
    name,
    exact: readMeter(meter, atMs, incrementMs),
  }));
  const microUsd = toMicroUsd(rows.reduce((sum, { exact }) => sum + exact, 0n));
  return {
    microUsd,
    cents: toCents(microUsd),
    instances: rows.map(({ id, name, exact }) => ({ id, name, microUsd: toMicroUsd(exact) })),
  };
};

export type { Bill };
export { readBill };
