/** What jobs share on this node: how many run at once, and which GPUs each has for itself. */
class Slots {
  readonly #total: number;
  readonly #freeGpus: Set<number>;
  #held = 0;

  constructor(total: number, gpuCount: number) {
    this.#total = total;
    this.#freeGpus = new Set(Array.from({ length: gpuCount }, (_, index) => index));
  }

  get total(): number {
    return this.#total;
  }

  get free(): number {
    return Math.max(0, this.#total - this.#held);
  }

  /** A slot and so many GPUs, by their indexes; undefined when there is not as much. */
  take(gpus: number): readonly number[] | undefined {
    if (this.free === 0 || this.#freeGpus.size < gpus) return undefined;
    this.#held += 1;
    const taken = [...this.#freeGpus].sort((a, b) => a - b).slice(0, gpus);
    for (const gpu of taken) this.#freeGpus.delete(gpu);
    return taken;
  }

  /** Gives back what `take` answered. */
  give(gpus: readonly number[]): void {
    this.#held -= 1;
    for (const gpu of gpus) this.#freeGpus.add(gpu);
  }
}

export { Slots };
