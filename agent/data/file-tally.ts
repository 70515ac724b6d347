import { MAX_SAMPLE, type Unclaimed } from '../../lib/nodes/unclaimed.ts';

/** Longer paths do not fit the report. */
const MAX_PATH = 1024;

/** Counts files and keeps the largest of them, however many there are. */
class FileTally {
  #count = 0;
  #bytes = 0;
  /** Largest first. */
  #sample: { path: string; bytes: number }[] = [];

  add(path: string, bytes: number): void {
    this.#count += 1;
    this.#bytes += bytes;
    const smallest = this.#sample.at(-1);
    if (this.#sample.length === MAX_SAMPLE && smallest !== undefined && bytes <= smallest.bytes) return;
    this.#sample.push({ path: path.slice(0, MAX_PATH), bytes });
    this.#sample.sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1));
    this.#sample = this.#sample.slice(0, MAX_SAMPLE);
  }

  get total(): Unclaimed {
    return { count: this.#count, bytes: this.#bytes, sample: [...this.#sample] };
  }
}

export { FileTally };
