/** The embedded cloud cannot do what was asked: the message says what, where and how to fix it, in one line. */
class CloudError extends Error {
  override readonly name = 'CloudError';
}

export { CloudError };
