import { toTimestamp } from '../time.ts';
import type { Circuit, Stage } from './circuit.ts';
import { type ErrorMark, minuteOf, type OutcomeStore, type RecoveryMark } from './outcome-store.ts';

/** OutcomeStore in memory. */
const createMemoryOutcomeStore = (): OutcomeStore => {
  const errors = new Map<string, ErrorMark>();
  const recoveries = new Map<string, RecoveryMark>();
  const circuits = new Map<Stage, Circuit>();
  return {
    recordError: async (component, type, at) => {
      const minute = toTimestamp(minuteOf(at));
      errors.set(JSON.stringify([minute, component, type]), { component, type, at: minute });
    },
    listErrors: async (since) => [...errors.values()].filter(({ at }) => at >= toTimestamp(minuteOf(since))),
    recordRecovery: async (eventId, succeeded, at) => {
      recoveries.set(`${toTimestamp(at)}#${eventId}`, { eventId, succeeded, at: toTimestamp(at) });
    },
    listRecoveries: async (since) => [...recoveries.values()].filter(({ at }) => at >= toTimestamp(since)),
    getCircuit: async (stage) => structuredClone(circuits.get(stage)),
    listCircuits: async () => [...circuits.values()].map((circuit) => structuredClone(circuit)),
    putCircuit: async (circuit, expectedRevision) => {
      if (circuits.get(circuit.stage)?.revision !== expectedRevision) return false;
      circuits.set(circuit.stage, structuredClone({ ...circuit, revision: (expectedRevision ?? 0) + 1 }));
      return true;
    },
  };
};

export { createMemoryOutcomeStore };
