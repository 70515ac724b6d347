import * as z from 'zod';
import type { AuditRow } from '../audit/audit-row.ts';
import { terminationSchema } from '../nodes/drain.ts';
import { amountBetween, toMicroUsd } from '../providers/meter.ts';

/** From a termination to the end of the window, or until a shadow drain ended: an hourly price that was not paid. */
interface SavedStretch {
  readonly provider: string;
  readonly startAt: string;
  /** Undefined: it goes on. */
  readonly endAt: string | undefined;
  /** Undefined: the provider did not tell. */
  readonly microUsdPerHour: number | undefined;
}

interface ProviderSavings {
  readonly provider: string;
  readonly nodes: number;
  readonly microUsd: number;
  /** What is being saved now, per hour. */
  readonly microUsdPerHour: number;
  /** Nodes of unknown price: what they save is counted nowhere. */
  readonly unpriced: number;
}

interface Savings {
  readonly rows: readonly ProviderSavings[];
  /** Of all providers, rounded once. */
  readonly total: Omit<ProviderSavings, 'provider'>;
}

/** Rows of releases before idle shutdown have no termination. */
const endSchema = z.object({ provider: z.string(), termination: terminationSchema.nullish() });
const shadowSchema = z.object({
  provider: z.string(),
  drainId: z.string(),
  microUsdPerHour: z.int().nonnegative().optional(),
});
const shadowEndSchema = z.object({ drainId: z.string() });

/** One per confirmed end of a node as idle. What a person forced was no saving of idle shutdown. */
const endedStretches = (endRows: readonly AuditRow[]): SavedStretch[] =>
  endRows.flatMap(({ at, evidence }) => {
    const { provider, termination } = endSchema.parse(evidence);
    return termination == null || termination.forcedBy !== undefined
      ? []
      : [{ provider, startAt: at, endAt: undefined, microUsdPerHour: termination.microUsdPerHour }];
  });

/** One per shadow drain that matured, until it ended. */
const shadowStretches = (
  maturedRows: readonly AuditRow[],
  endedRows: readonly AuditRow[],
): SavedStretch[] => {
  const endedAt = new Map(endedRows.map(({ at, evidence }) => [shadowEndSchema.parse(evidence).drainId, at]));
  return maturedRows.map(({ at, evidence }) => {
    const { provider, drainId, microUsdPerHour } = shadowSchema.parse(evidence);
    return { provider, startAt: at, endAt: endedAt.get(drainId), microUsdPerHour };
  });
};

/** The exact sum of what lies in the window; each printed sum is rounded once. */
const sumOf = (
  stretches: readonly SavedStretch[],
  from: string,
  to: string,
): Omit<ProviderSavings, 'provider'> => {
  const exact = stretches.reduce(
    (sum, { startAt, endAt, microUsdPerHour }) =>
      microUsdPerHour === undefined
        ? sum
        : sum + amountBetween({ microUsdPerHour }, startAt, endAt ?? to, from, to),
    0n,
  );
  const running = stretches.filter(({ endAt }) => endAt === undefined);
  return {
    nodes: stretches.length,
    microUsd: toMicroUsd(exact),
    microUsdPerHour: running.reduce((sum, { microUsdPerHour = 0 }) => sum + microUsdPerHour, 0),
    unpriced: stretches.filter(({ microUsdPerHour }) => microUsdPerHour === undefined).length,
  };
};

/**
 * What was saved between two instants, by provider and in all: the integral of each price over the time that it was not paid, in
 * exact integers. It assumes that a node that ended would have run on at its last price. Pure.
 * @param from and `to` as timestamps
 */
const savingsBetween = (stretches: readonly SavedStretch[], from: string, to: string): Savings => {
  const inWindow = stretches.filter(
    ({ startAt, endAt }) => startAt < to && (endAt === undefined || endAt > from),
  );
  const providers = [...new Set(inWindow.map(({ provider }) => provider))].sort();
  return {
    rows: providers.map((provider) => ({
      provider,
      ...sumOf(
        inWindow.filter((one) => one.provider === provider),
        from,
        to,
      ),
    })),
    total: sumOf(inWindow, from, to),
  };
};

export type { ProviderSavings, SavedStretch, Savings };
export { endedStretches, savingsBetween, shadowStretches };
