import { frozen } from '../frozen.ts';
import { toTimestamp } from '../time.ts';
import type { CommandRecord, CommandStore } from './command-store.ts';

/** CommandStore in memory. Answers are frozen, so that nobody can change what is stored. */
const createMemoryCommandStore = (): CommandStore => {
  const records = new Map<string, CommandRecord>();
  return {
    get: async (commandId) => records.get(commandId),
    put: async (command) => {
      if (records.has(command.commandId)) return false;
      records.set(
        command.commandId,
        frozen({ command: structuredClone(command), status: 'issued' as const, issuedAt: command.issuedAt }),
      );
      return true;
    },
    answer: async (commandId, nodeId, result, at) => {
      const record = records.get(commandId);
      if (record?.status !== 'issued' || record.command.nodeId !== nodeId) return false;
      const answered = {
        ...record,
        status: result.outcome,
        answeredAt: toTimestamp(at),
        ...(result.outcome === 'failed' ? { failure: structuredClone(result.failure) } : {}),
      };
      records.set(commandId, frozen(answered));
      return true;
    },
    listOpen: async (nodeId) =>
      [...records.values()].filter(({ status, command }) => status === 'issued' && command.nodeId === nodeId),
  };
};

export { createMemoryCommandStore };
