import { Worker } from 'node:worker_threads';
import * as z from 'zod';
import { TransientError } from '../../lib/errors.ts';

const messageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('progress'), hashedBytes: z.number() }),
  z.object({ kind: z.literal('digest'), sha256: z.string() }),
  /** `code`: what the system said, such as `EIO`. */
  z.object({ kind: z.literal('failed'), message: z.string(), code: z.string().optional() }),
]);

/**
 * The whole program of the worker thread. It travels as text, because the agent is one file: so it may use nothing from outside
 * of itself. It hashes `path` in order, up to wherever the writer says that the bytes on disk are complete.
 */
const workerProgram = (): void => {
  const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
  const { createHash } = process.getBuiltinModule('node:crypto');
  const { openSync, readSync } = process.getBuiltinModule('node:fs');
  // Small enough to stay in the processor's cache between the copy and the hash.
  const buffer = Buffer.allocUnsafeSlow(256 * 1024);
  const hash = createHash('sha256');
  const file = openSync(workerData.path, 'r');
  let hashed = 0;
  const hashUpTo = (frontier: number): void => {
    let told = hashed;
    while (hashed < frontier) {
      const count = readSync(file, buffer, 0, Math.min(buffer.length, frontier - hashed), hashed);
      if (count === 0) throw new Error(`the file ends at ${hashed} bytes, before ${frontier}`);
      hash.update(buffer.subarray(0, count));
      hashed += count;
      if (hashed - told >= 64 * 1024 * 1024) {
        told = hashed;
        parentPort?.postMessage({ kind: 'progress', hashedBytes: hashed });
      }
    }
  };
  parentPort?.on('message', ({ frontier, last }) => {
    try {
      hashUpTo(frontier);
      parentPort?.postMessage(
        last ? { kind: 'digest', sha256: hash.digest('hex') } : { kind: 'progress', hashedBytes: hashed },
      );
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
      parentPort?.postMessage({ kind: 'failed', message: String(error), code });
    }
  });
};

/** Hashes a file that is still being written, in a thread of its own, reading back what is really on disk. */
class FollowingHash {
  readonly #worker: Worker;
  readonly #digest: Promise<string>;
  #sent = 0;
  #busy = false;
  #wanted = 0;
  #last = false;

  /** `onProgress` gets the number of bytes hashed since the last call. */
  constructor(path: string, onProgress: (bytes: number) => void = () => undefined) {
    this.#worker = new Worker(`(${workerProgram.toString()})()`, {
      eval: true,
      workerData: { path },
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 },
      // The agent's own flags and variables mean nothing to this thread.
      execArgv: [],
      env: {},
    });
    let before = 0;
    this.#digest = new Promise<string>((resolve, reject) => {
      this.#worker.on('message', (raw: unknown) => {
        const message = messageSchema.parse(raw);
        if (message.kind === 'digest') resolve(message.sha256);
        else if (message.kind === 'failed')
          reject(
            new TransientError(`cannot hash ${path}: ${message.message}`, {
              cause: Object.assign(new Error(message.message), { code: message.code }),
            }),
          );
        else {
          onProgress(message.hashedBytes - before);
          before = message.hashedBytes;
          if (message.hashedBytes === this.#sent) {
            this.#busy = false;
            this.#push();
          }
        }
      });
      this.#worker.on('error', reject);
      this.#worker.on('exit', () => reject(new TransientError(`the hashing of ${path} was stopped`)));
    });
    // Whoever waits for the digest gets the error; nobody may be waiting yet.
    this.#digest.catch(() => undefined);
    this.#worker.unref();
  }

  #push(): void {
    if (this.#busy || (this.#wanted === this.#sent && !this.#last)) return;
    this.#busy = true;
    this.#sent = this.#wanted;
    this.#worker.postMessage({ frontier: this.#wanted, last: this.#last });
  }

  /** All bytes before `frontier` are on disk. */
  advance(frontier: number): void {
    this.#wanted = frontier;
    this.#push();
  }

  /** The SHA-256 in hex of the first `totalBytes`. */
  async finish(totalBytes: number): Promise<string> {
    this.#wanted = totalBytes;
    this.#last = true;
    this.#worker.ref();
    this.#push();
    return await this.#digest;
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}

export { FollowingHash };
