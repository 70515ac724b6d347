import { realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import type { ConfigurationKeeper } from '../configuration/configuration-keeper.ts';
import { resolveDataPaths } from './data-paths.ts';
import { compileRules, type FileRules } from './file-rules.ts';

/** Where data lies on this node, and what the configuration of the moment says of it. */
interface DataPlaces {
  readonly outsidePaths: () => Promise<readonly string[]>;
  readonly rules: () => FileRules;
}

/** @param root the data root, a real path */
const createDataPlaces = async (
  root: string,
  dataPaths: readonly string[] | undefined,
  configuration: Pick<ConfigurationKeeper, 'current'>,
): Promise<DataPlaces> => {
  const home = await realpath(homedir()).catch(() => homedir());
  const isSuperuser = process.getuid?.() === 0;
  let from = configuration.current;
  let rules = compileRules(from, { home, root });
  return {
    outsidePaths: async () => await resolveDataPaths({ root, home, isSuperuser, dataPaths }),
    rules: () => {
      if (from !== configuration.current) {
        from = configuration.current;
        rules = compileRules(from, { home, root });
      }
      return rules;
    },
  };
};

export type { DataPlaces };
export { createDataPlaces };
