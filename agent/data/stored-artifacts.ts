import * as z from 'zod';
import { assertNever } from '../../lib/errors.ts';
import { artifactIdSchema } from '../../lib/ids.ts';
import { type UploadedArtifact, uploadedArtifactSchema } from '../../lib/nodes/uploaded-artifact.ts';
import { DurableLines, readLines } from '../disk/durable-lines.ts';
import type { Log } from '../log.ts';

const entrySchema = z.discriminatedUnion('entry', [
  /** It came from the store, or was compared with what the store has. */
  z.object({ entry: z.literal('stored'), artifactId: artifactIdSchema, bytes: z.int().nonnegative() }),
  /** This node brought it there; the control plane is to hear of it. */
  z.object({ entry: z.literal('uploaded'), artifact: uploadedArtifactSchema }),
  /** The reports queue took the report. */
  z.object({ entry: z.literal('reported'), artifactId: artifactIdSchema }),
]);
type Entry = z.infer<typeof entrySchema>;

/** The artifacts of this node that the store has, as far as this agent brought or fetched them itself; kept over restarts. */
class StoredArtifacts {
  readonly #lines: DurableLines<Entry>;
  readonly #bytesById = new Map<string, number>();
  readonly #sizes = new Set<number>();
  readonly #unreported = new Map<string, UploadedArtifact>();

  private constructor(lines: DurableLines<Entry>, entries: readonly Entry[]) {
    this.#lines = lines;
    for (const entry of entries) this.#apply(entry);
  }

  static async open(path: string, log: Log): Promise<StoredArtifacts> {
    const entries = await readLines(path, entrySchema, log);
    return new StoredArtifacts(await DurableLines.create(path, entries), entries);
  }

  has(artifactId: string): boolean {
    return this.#bytesById.has(artifactId);
  }

  /** Whether any of them has this size: a file of another size is none of them, and needs no hash to tell. */
  hasSize(bytes: number): boolean {
    return this.#sizes.has(bytes);
  }

  /** What the control plane was not told yet. */
  unreported(): UploadedArtifact[] {
    return [...this.#unreported.values()];
  }

  async stored(artifactId: string, bytes: number): Promise<void> {
    if (!this.has(artifactId)) await this.#append({ entry: 'stored', artifactId, bytes });
  }

  async uploaded(artifact: UploadedArtifact): Promise<void> {
    await this.#append({ entry: 'uploaded', artifact });
  }

  async reported(artifactId: string): Promise<void> {
    await this.#append({ entry: 'reported', artifactId });
  }

  async close(): Promise<void> {
    await this.#lines.close();
  }

  async #append(entry: Entry): Promise<void> {
    await this.#lines.append(
      entry,
      () => this.#entries(),
      () => this.#apply(entry),
    );
  }

  #apply(entry: Entry): void {
    switch (entry.entry) {
      case 'stored':
        this.#add(entry.artifactId, entry.bytes);
        return;
      case 'uploaded':
        this.#add(entry.artifact.artifactId, entry.artifact.bytes);
        this.#unreported.set(entry.artifact.artifactId, entry.artifact);
        return;
      case 'reported':
        this.#unreported.delete(entry.artifactId);
        return;
      default:
        assertNever(entry);
    }
  }

  #add(artifactId: string, bytes: number): void {
    if (this.#bytesById.has(artifactId)) return;
    this.#bytesById.set(artifactId, bytes);
    this.#sizes.add(bytes);
  }

  #entries(): Entry[] {
    return [
      ...[...this.#bytesById].map(([artifactId, bytes]): Entry => ({ entry: 'stored', artifactId, bytes })),
      ...this.unreported().map((artifact): Entry => ({ entry: 'uploaded', artifact })),
    ];
  }
}

export { StoredArtifacts };
