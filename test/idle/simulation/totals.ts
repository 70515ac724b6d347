import { count } from './faults.ts';
import type { SimulationResult } from './simulate.ts';

/** What many worlds had together. */
interface Totals {
  readonly nodeDays: number;
  readonly terminations: number;
  readonly matured: number;
  readonly violations: readonly string[];
  readonly reasons: ReadonlySet<string>;
  readonly calls: ReadonlySet<string>;
  readonly faults: ReadonlyMap<string, number>;
  readonly crashes: ReadonlyMap<string, number>;
  readonly events: ReadonlyMap<string, number>;
}

const addUp = (counts: readonly SimulationResult['faults'][]): Map<string, number> => {
  const sum = new Map<string, number>();
  for (const [key, number] of counts.flat()) count(sum, key, number);
  return sum;
};

const totalsOf = (results: readonly SimulationResult[]): Totals => {
  const sum = (of: (result: SimulationResult) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  return {
    nodeDays: Math.floor(sum(({ nodeSteps }) => nodeSteps) / 1440),
    terminations: sum(({ terminations }) => terminations),
    matured: sum(({ matured }) => matured),
    violations: results.flatMap(({ violations }) => violations),
    reasons: new Set(results.flatMap(({ reasons }) => reasons)),
    calls: new Set(results.flatMap(({ calls }) => calls)),
    faults: addUp(results.map(({ faults }) => faults)),
    crashes: addUp(results.map(({ crashes }) => crashes)),
    events: addUp(results.map(({ events }) => events)),
  };
};

export type { Totals };
export { totalsOf };
