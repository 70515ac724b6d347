/**
 * No model is smaller, unless a node says otherwise. The replaced system asked for 1,000,000 bytes, more than a small board's
 * model has. What a broken upload leaves (nothing, or an error page) is under 1 kB; everything else is caught by the hash.
 */
const MINIMUM_MODEL_BYTES = 1024;

/** Why a file of `bytes` is no model where the smallest has `minimumBytes`. Undefined when it can be one. */
const whyNotModel = (bytes: number, minimumBytes: number): string | undefined =>
  bytes < minimumBytes ? `a model of ${bytes} bytes is no model: the minimum is ${minimumBytes}` : undefined;

export { MINIMUM_MODEL_BYTES, whyNotModel };
