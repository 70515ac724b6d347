import type { FailureClass } from '../../lib/commands/command-result.ts';
import { DroverError } from '../../lib/errors.ts';
import { hasCode } from '../disk/durable-file.ts';

/** Why a command could not be done, in the vocabulary that the control plane decides by. */
class CommandFailure extends DroverError {
  readonly failureClass: FailureClass;

  constructor(failureClass: FailureClass, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failureClass = failureClass;
  }
}

/** Any error as a failure: a full disk is `no-space`, what the disk says else is `io-error`. */
const toCommandFailure = (error: unknown): CommandFailure => {
  if (error instanceof CommandFailure) return error;
  const message = error instanceof Error ? error.message : String(error);
  const failureClass = hasCode(error, 'ENOSPC', 'EDQUOT') ? 'no-space' : 'io-error';
  return new CommandFailure(failureClass, message, { cause: error });
};

export { CommandFailure, toCommandFailure };
