/** An answer that AWS gives to a bad request. Each service writes it in its own wire shape. */
class AwsError extends Error {
  override readonly name = 'AwsError';
  /** The code that SDK clients map to their error classes, e.g. `AccessDenied`. */
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.status = status;
  }
}

/** What every service says to an unexpected error of the emulator itself: clients retry it. */
const internalError = (cause: unknown): AwsError =>
  new AwsError(
    'InternalFailure',
    `the emulator failed: ${cause instanceof Error ? cause.message : String(cause)}`,
    500,
    { cause },
  );

const toAwsError = (error: unknown): AwsError => (error instanceof AwsError ? error : internalError(error));

export { AwsError, toAwsError };
