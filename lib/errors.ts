/**
 * The errors of Drover. A message says what happened, where, and how to fix it; `cause` is always kept when
 * there is one. Whether a retry can help is the class, so that every boundary decides the same way.
 */

class DroverError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Retrying can help: throttling, time-outs, a conditional write that lost a race. */
class TransientError extends DroverError {
  /** What the other side asked us to wait, when it said so. */
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, options?: ErrorOptions & { retryAfterSeconds?: number }) {
    super(message, options);
    this.retryAfterSeconds = options?.retryAfterSeconds;
  }
}

/** Retrying cannot help: bad input, a refused caller. Messages that cause it are dead-lettered with the reason. */
class PermanentError extends DroverError {}

/** A bug in Drover: a state that the code promises cannot be. */
class InvariantError extends DroverError {}

/** The exhaustive end of a switch: a new member of the union fails the type check here. */
const assertNever = (value: never): never => {
  throw new InvariantError(`unexpected value ${JSON.stringify(value)}: a switch misses a case`);
};

export { assertNever, DroverError, InvariantError, PermanentError, TransientError };
