import { DroverError, PermanentError, TransientError } from '../lib/errors.ts';

/** What the command's exit code says. Documented in docs/users/cli.md; scripts rely on it. */
const EXIT = {
  ok: 0,
  /** The answer is no: not found, refused, timed out, part of it unreadable. */
  failed: 1,
  /** The command line is wrong; nothing was done. */
  usage: 2,
  /** No installation, no credentials, access denied, or nobody listens at the endpoint. */
  notConnected: 3,
  /** A bug, or an answer that nobody expected. */
  unexpected: 4,
} as const;
type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The command line is wrong. */
class UsageError extends DroverError {}

/** There is no installation to talk to, or it does not let us in. */
class NotConnectedError extends DroverError {}

/** How a command ended badly, as one line for people and one object for scripts. */
interface Failure {
  readonly exitCode: ExitCode;
  readonly code: 'failed' | 'usage' | 'not-connected' | 'unexpected';
  readonly message: string;
}

/** Error names of AWS that mean "not you" or "not like this". */
const deniedNames = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AuthorizationError',
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'TokenProviderError',
  'UnrecognizedClientException',
]);
const unreachableCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
]);

/** The error itself, then everything that caused it, also inside an AggregateError. */
const causes = function* (error: unknown): Generator<Error> {
  if (!(error instanceof Error)) return;
  yield error;
  if (error instanceof AggregateError) for (const inner of error.errors) yield* causes(inner);
  yield* causes(error.cause);
};

const codeOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? error.code : '';

/** Sorts any thrown value into an exit code and one line. */
const describeFailure = (thrown: unknown): Failure => {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const message = error.message.trim().replaceAll(/\s*\n\s*/g, '; ');
  if (error instanceof UsageError) return { exitCode: EXIT.usage, code: 'usage', message };
  if (error instanceof NotConnectedError)
    return { exitCode: EXIT.notConnected, code: 'not-connected', message };
  for (const cause of causes(error)) {
    if (deniedNames.has(cause.name))
      return {
        exitCode: EXIT.notConnected,
        code: 'not-connected',
        message: `AWS refused this caller (${cause.name}): ${cause.message.trim()}; check the credentials (\`aws sts get-caller-identity\`) and their rights`,
      };
    if (unreachableCodes.has(codeOf(cause)))
      return {
        exitCode: EXIT.notConnected,
        code: 'not-connected',
        message: `nobody answers (${codeOf(cause)}${cause.message ? `: ${cause.message}` : ''}): is the installation running? \`npm start\` starts the embedded cloud, \`--profile\` picks another installation`,
      };
    if (cause.name === 'ResourceNotFoundException')
      return {
        exitCode: EXIT.notConnected,
        code: 'not-connected',
        message: `a resource of this stage is not there (${cause.message.trim()}): is the stage deployed in this account and region?`,
      };
  }
  if (error instanceof PermanentError || error instanceof TransientError)
    return { exitCode: EXIT.failed, code: 'failed', message };
  return {
    exitCode: EXIT.unexpected,
    code: 'unexpected',
    message: `${error.name}: ${message} (set DROVER_DEBUG=1 for the stack)`,
  };
};

export type { ExitCode, Failure };
export { describeFailure, EXIT, NotConnectedError, UsageError };
