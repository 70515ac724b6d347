import type { Command } from 'commander';
import { type CommandHost, defineCommand } from '../command.ts';
import { resumeInputSchema, resumeNode } from './nodes-resume.ts';
import { terminateInputSchema, terminateNode } from './nodes-terminate.ts';
import { waiveInputSchema, waiveNodeData } from './nodes-waive-data.ts';

const reasonOption = { flags: '--reason <text>', description: 'why: it goes to the audit trail' };
const yesOption = { flags: '--yes', description: 'do not ask' };

/** What a person can do about a node's end. */
const addNodeEndingCommands = (group: Command, host: CommandHost): void => {
  defineCommand(group, host, {
    usage: 'terminate <id>',
    description: 'End a node past its drain, with the work on it (needs --force and --reason)',
    options: [
      { flags: '--force', description: 'past the drain, whatever runs there' },
      reasonOption,
      { flags: '--abandon-data', description: 'also when data would be lost: it is named first' },
      yesOption,
    ],
    input: terminateInputSchema,
    examples: [
      'drover nodes terminate n-0a1b2c3d4e5f --force --reason "agent is stuck"',
      'drover nodes terminate n-0a1b2c3d4e5f --force --abandon-data --reason "disk is broken"',
    ],
    run: terminateNode,
  });
  defineCommand(group, host, {
    usage: 'waive-data <id>',
    description:
      'Let the unclaimed files of a node go with it: those that are shown, no more (needs --reason)',
    options: [
      reasonOption,
      { flags: '--for <duration>', description: 'how long, at most 30d (90s, 30m, 2h, 7d)', default: '1d' },
      yesOption,
    ],
    input: waiveInputSchema,
    examples: ['drover nodes waive-data n-0a1b2c3d4e5f --reason "scratch files of a test"'],
    run: waiveNodeData,
  });
  defineCommand(group, host, {
    usage: 'resume <id>',
    description: 'End the drain of a node: it works again, and its idle time starts anew (needs --reason)',
    options: [reasonOption],
    input: resumeInputSchema,
    examples: ['drover nodes resume n-0a1b2c3d4e5f --reason "needed for tonight"'],
    run: resumeNode,
  });
};

export { addNodeEndingCommands };
