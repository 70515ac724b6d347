import { PermanentError } from '../errors.ts';

/** What is wrong, where, and what is allowed: `fleet.yaml:12:5 idle.mode: write one of …`. */
class ConfigError extends PermanentError {
  readonly problems: readonly string[];
  /** How many there are, in one sentence without them. */
  readonly summary: string;

  /** @param what what was read, `fleet.yaml` or `idle.mode` */
  constructor(what: string, problems: readonly string[], options?: ErrorOptions) {
    const summary = `${what} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}, so nothing was applied`;
    super(`${summary}: ${problems.join('; ')}`, options);
    this.problems = problems;
    this.summary = summary;
  }
}

export { ConfigError };
