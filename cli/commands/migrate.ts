import type { Command } from 'commander';
import type { CommandHost } from '../command.ts';
import { addMigrateCheckCommand } from './migrate-check.ts';
import { addMigrateConfigCommands } from './migrate-config.ts';

/** The way over from the daemons that Drover replaces. */
const addMigrateCommands = (program: Command, host: CommandHost): void => {
  const group = program.command('migrate').description('The way over from the daemons that Drover replaces');
  addMigrateCheckCommand(group, host);
  addMigrateConfigCommands(group, host);
};

export { addMigrateCommands };
