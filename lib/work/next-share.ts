/** One who has a claim to the next of something that is given out one by one. */
interface Claimant {
  readonly key: string;
  /** Of all claims, as a fraction; at least 0. */
  readonly share: number;
  readonly has: number;
}

/**
 * In which order claimants get the next one, so that after each of them everybody has what its share says, within one: first those who
 * would not get more than their share, of these who needs it soonest. (Balinski and Young's quota method, without looking back.) Pure.
 */
const inOrderOfClaim = (claimants: readonly Claimant[]): string[] => {
  const sum = claimants.reduce((total, { share }) => total + share, 0);
  const given = claimants.reduce((total, { has }) => total + has, 0);
  const ranked = claimants.map(({ key, share, has }) => {
    const fraction = sum === 0 ? 1 / claimants.length : share / sum;
    return {
      key,
      isBelow: has < fraction * (given + 1),
      // A share of nothing comes last, but it comes.
      soonest: fraction === 0 ? Number.POSITIVE_INFINITY : (has + 1) / fraction,
    };
  });
  return ranked
    .sort(
      (one, other) =>
        Number(other.isBelow) - Number(one.isBelow) ||
        (one.soonest === other.soonest ? 0 : one.soonest - other.soonest) ||
        (one.key < other.key ? -1 : 1),
    )
    .map(({ key }) => key);
};

export type { Claimant };
export { inOrderOfClaim };
