/** The numbers of reconciling. */
interface ReconcilePolicy {
  /** An instance may boot so long without an agent. */
  readonly bootGraceSeconds: number;
  /** So many believed complete listings in a row must lack an instance before it counts as gone. */
  readonly missesToBeGone: number;
  /** A listing that loses more than this share, and at least so many, at once is held back. */
  readonly suspectSharePercent: number;
  readonly suspectCount: number;
  /** So many further listings must lack as much before one is believed. */
  readonly suspectConfirmations: number;
  /** Two listings closer together than this are one look at the provider: the later one proves no absence. */
  readonly listingGapSeconds: number;
}

const RECONCILE_POLICY: ReconcilePolicy = {
  bootGraceSeconds: 900,
  missesToBeGone: 2,
  suspectSharePercent: 20,
  suspectCount: 3,
  suspectConfirmations: 2,
  listingGapSeconds: 10,
};

export type { ReconcilePolicy };
export { RECONCILE_POLICY };
