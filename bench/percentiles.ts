/** The value below which `share` (0 to 1) of the samples lie, by the nearest rank. */
const percentile = (samples: readonly number[], share: number): number => {
  const sorted = samples.toSorted((one, other) => one - other);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) {
    throw new RangeError('a percentile of no samples: measure something first');
  }
  return value;
};

export { percentile };
