import * as z from 'zod';
import type { Command } from '../../lib/commands/command.ts';
import { type NodeConfiguration, nodeConfigurationSchema } from '../../lib/commands/node-configuration.ts';
import { timestampSchema } from '../../lib/time.ts';
import { readJsonFile, writeFileAtomic } from '../disk/durable-file.ts';
import type { Log } from '../log.ts';
import { KeyedMutex } from '../semaphore.ts';

const keptSchema = z.object({ issuedAt: timestampSchema, configuration: nodeConfigurationSchema });
type Kept = z.infer<typeof keptSchema>;

/** What the control plane last told this node about its files, on disk. */
class ConfigurationKeeper {
  readonly #path: string;
  readonly #mutex = new KeyedMutex();
  #kept: Kept | undefined;

  private constructor(path: string, kept: Kept | undefined) {
    this.#path = path;
    this.#kept = kept;
  }

  /** A damaged file counts as none: heartbeats then name no configuration, and the control plane sends it again. */
  static async open(path: string, log: Log): Promise<ConfigurationKeeper> {
    let kept: Kept | undefined;
    try {
      kept = await readJsonFile(path, keptSchema);
    } catch (error) {
      log.error('the configuration of this node is damaged; waiting for it to come again', { error });
    }
    return new ConfigurationKeeper(path, kept);
  }

  /** The configuration in force; undefined before the first. */
  get current(): NodeConfiguration | undefined {
    return this.#kept?.configuration;
  }

  /** Takes the configuration unless a newer one is in force. Returns the digest of the one in force now, durably. */
  async apply({
    issuedAt,
    configuration,
  }: Pick<Extract<Command, { type: 'configure' }>, 'issuedAt' | 'configuration'>): Promise<string> {
    return await this.#mutex.run('configuration', async () => {
      if (this.#kept === undefined || issuedAt >= this.#kept.issuedAt) {
        const kept = { issuedAt, configuration };
        await writeFileAtomic(this.#path, JSON.stringify(kept));
        this.#kept = kept;
      }
      return this.#kept.configuration.digest;
    });
  }
}

export { ConfigurationKeeper };
