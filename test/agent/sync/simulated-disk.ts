import type { LinesDisk } from '../../../agent/disk/lines-disk.ts';

/** The machine went down in the middle of a call: nothing of the program runs on. */
class PowerCut extends Error {}

interface File {
  /** What survives. */
  durable: string;
  /** What was written since the last sync: of it a beginning may survive. */
  cached: string;
}

/** A disk that keeps only what was synced, tears the last write, and fails when it is told to. */
class SimulatedDisk implements LinesDisk {
  #files = new Map<string, File>();
  /** Calls until the power goes; undefined: it stays. */
  callsUntilCut: number | undefined;
  /** The next so many writes or syncs fail, halfway. */
  failures = 0;
  /** In [0, 1): how much of what was not synced survives, and of a write that fails. */
  readonly #survives: () => number;

  constructor(survives: () => number) {
    this.#survives = survives;
  }

  /** After the cut: what is on the platters. */
  restart(): void {
    for (const file of this.#files.values()) {
      file.durable += this.#part(file.cached);
      file.cached = '';
    }
    this.callsUntilCut = undefined;
    this.failures = 0;
  }

  async read(path: string): Promise<string | undefined> {
    const file = this.#files.get(path);
    return file === undefined ? undefined : file.durable + file.cached;
  }

  async replace(path: string, content: string): Promise<void> {
    this.#fail();
    const before = this.#files.get(path);
    // The rename is on disk or it is not: never half of it.
    const isCut = this.#isCut();
    if (!isCut || this.#survives() < 0.5) this.#files.set(path, { durable: content, cached: '' });
    else if (before !== undefined) this.#files.set(path, before);
    if (isCut) throw new PowerCut();
  }

  async openAtEnd(path: string) {
    const file = this.#files.get(path);
    if (file === undefined) throw new Error(`no ${path}`);
    return {
      append: async (text: string) => {
        if (this.#isCut()) {
          file.cached += this.#part(text);
          throw new PowerCut();
        }
        if (this.failures > 0) {
          file.cached += this.#part(text);
          this.#fail();
        }
        file.cached += text;
      },
      sync: async () => {
        if (this.#isCut()) throw new PowerCut();
        if (this.failures > 0) {
          // As Linux does: what could not be written is dropped, and the next sync says that all is well.
          file.durable += this.#part(file.cached);
          file.cached = '';
          this.#fail();
        }
        file.durable += file.cached;
        file.cached = '';
      },
      close: async () => undefined,
    };
  }

  #part(text: string): string {
    return text.slice(0, Math.floor(this.#survives() * (text.length + 1)));
  }

  #isCut(): boolean {
    if (this.callsUntilCut === undefined) return false;
    this.callsUntilCut -= 1;
    return this.callsUntilCut < 0;
  }

  #fail(): void {
    if (this.failures === 0) return;
    this.failures -= 1;
    throw new Error('EIO');
  }
}

export { PowerCut, SimulatedDisk };
