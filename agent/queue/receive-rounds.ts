/** Knows when a receive, with all that it brought, is done: a drain waits for the one that began before it. */
class ReceiveRounds {
  #current: Promise<void> = Promise.resolve();

  /** Runs one receive and the intake of its messages. */
  async run(round: () => Promise<void>): Promise<void> {
    const running = round();
    this.#current = running.catch(() => undefined);
    await running;
  }

  /** Resolves when the round that is under way now has ended, however. */
  async returned(): Promise<void> {
    await this.#current;
  }
}

export { ReceiveRounds };
