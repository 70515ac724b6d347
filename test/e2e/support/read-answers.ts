import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { journalEntrySchema } from '../../../agent/commands/journal-state.ts';
import type { CommandResult } from '../../../lib/commands/command-result.ts';

/** What an agent answered to its commands, from its own journal. */
const readAnswers = (dataFolder: string): CommandResult[] => {
  const file = join(dataFolder, '.drover', 'journal', 'commands.jsonl');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => journalEntrySchema.parse(JSON.parse(line)))
    .flatMap((entry) => (entry.entry === 'answered' ? [entry.result] : []));
};

/** The bytes that came over the network for each pull that succeeded. */
const transferredBytes = (dataFolder: string): number[] =>
  readAnswers(dataFolder).flatMap((result) =>
    result.outcome === 'succeeded' && result.commandType === 'pull' && result.file !== undefined
      ? [result.file.transferredBytes]
      : [],
  );

export { readAnswers, transferredBytes };
