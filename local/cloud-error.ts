/** The embedded cloud cannot do what was asked: the message says what, where and how to fix it, in one line. */
class CloudError extends Error {
  override readonly name: string = 'CloudError';
}

/** The command line is wrong; nothing was done. */
class FlagsError extends CloudError {
  override readonly name = 'FlagsError';
}

export { CloudError, FlagsError };
