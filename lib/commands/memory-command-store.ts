import { toTimestamp } from '../time.ts';
import type { CommandRecord, CommandStore } from './command-store.ts';

/** CommandStore in memory. */
const createMemoryCommandStore = (): CommandStore => {
  const records = new Map<string, CommandRecord>();
  return {
    get: async (commandId) => structuredClone(records.get(commandId)),
    put: async (command) => {
      if (records.has(command.commandId)) return false;
      records.set(command.commandId, {
        command: structuredClone(command),
        status: 'issued',
        issuedAt: command.issuedAt,
      });
      return true;
    },
    answer: async (commandId, nodeId, result, at) => {
      const record = records.get(commandId);
      if (record?.status !== 'issued' || record.command.nodeId !== nodeId) return false;
      records.set(commandId, {
        ...record,
        status: result.outcome,
        answeredAt: toTimestamp(at),
        ...(result.outcome === 'failed' ? { failure: result.failure } : {}),
      });
      return true;
    },
    listOpen: async (nodeId) =>
      [...records.values()]
        .filter(({ status, command }) => status === 'issued' && command.nodeId === nodeId)
        .map((record) => structuredClone(record)),
  };
};

export { createMemoryCommandStore };
