/** Somebody's part in what is split. */
interface ShareClaim {
  readonly key: string;
  /** Beside those of the others; above 0. */
  readonly share: number;
  /** What it was due and did not get when this was last split; negative: it got more. */
  readonly carry: number;
  /** At most so many. */
  readonly limit: number;
}

interface SharePart {
  readonly key: string;
  readonly count: number;
  /** For the next time. */
  readonly carry: number;
}

/** Who was kept out for days takes no more than two ahead of its turn when it comes back. */
const MAX_CARRY = 2;

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** Parts by share; whoever reaches its limit leaves the rest to the others. Their sum is `total`, or that of all limits. */
const fillByShare = (total: number, claims: readonly ShareClaim[]): Map<ShareClaim, number> => {
  const parts = new Map<ShareClaim, number>();
  let open = [...claims];
  let rest = total;
  for (;;) {
    const sum = open.reduce((shares, { share }) => shares + share, 0);
    const quota = ({ share }: ShareClaim): number => (rest * share) / sum;
    const full = new Set(open.filter((claim) => quota(claim) >= claim.limit));
    if (full.size === 0) {
      for (const claim of open) parts.set(claim, quota(claim));
      return parts;
    }
    for (const claim of full) {
      parts.set(claim, claim.limit);
      rest -= claim.limit;
    }
    open = open.filter((claim) => !full.has(claim));
    if (open.length === 0) return parts;
    rest = Math.max(0, rest);
  }
};

/**
 * Splits whole things by the largest remainder, and carries the remainders on: over many splits everybody gets its share, however
 * small, and however little is split each time. Nobody gets more than its limit. Pure.
 */
const splitByShare = (total: number, claims: readonly ShareClaim[]): SharePart[] => {
  const parts = fillByShare(total, claims);
  const rows = claims.map((claim) => {
    const due = (parts.get(claim) ?? 0) + claim.carry;
    const quota = clamp(due, 0, claim.limit);
    return { claim, due, quota, count: Math.floor(quota) };
  });
  const sum = (): number => rows.reduce((counted, { count }) => counted + count, 0);
  const whole = Math.min(
    total,
    claims.reduce((limits, { limit }) => limits + limit, 0),
  );
  for (let missing = whole - sum(); missing !== 0; missing = whole - sum()) {
    const step = Math.sign(missing);
    const movable = rows
      .filter(({ count, claim }) => (step > 0 ? count < claim.limit : count > 0))
      .sort((a, b) => step * (b.quota - b.count - (a.quota - a.count)));
    for (const row of movable.slice(0, Math.abs(missing))) row.count += step;
  }
  return rows.map(({ claim, due, count }) => ({
    key: claim.key,
    count,
    carry: clamp(due - count, -MAX_CARRY, MAX_CARRY),
  }));
};

export type { ShareClaim, SharePart };
export { splitByShare };
