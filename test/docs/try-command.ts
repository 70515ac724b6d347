import type { Command } from 'commander';
import { buildProgram } from '../../cli/program.ts';

class Accepted extends Error {}

/** The real command tree; a command whose input is good stops before it would connect anywhere. */
const program = (): Command => {
  const tree = buildProgram(
    {
      openSession: () => {
        throw new Accepted();
      },
      finish: () => {},
    },
    '0.0.0',
  );
  const quieten = (command: Command): void => {
    command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} });
    command.commands.forEach(quieten);
  };
  quieten(tree);
  return tree;
};

/** Whether the words name a command or group and nothing else; `list|show` names both. */
const namesCommand = ([word, ...rest]: readonly string[], parent: Command = program()): boolean => {
  if (word === undefined) {
    return true;
  }
  const named = word.split('|').map((name) => parent.commands.find((command) => command.name() === name));
  return named.every((command) => command !== undefined && namesCommand(rest, command));
};

/** Parses as the real command does, input schema included: `accepted`, or what is wrong with it. */
const tryCommand = async (words: readonly string[]): Promise<string> => {
  try {
    await program().parseAsync([...words], { from: 'user' });
  } catch (error) {
    return error instanceof Accepted ? 'accepted' : String(error);
  }
  return 'did nothing';
};

export { namesCommand, tryCommand };
