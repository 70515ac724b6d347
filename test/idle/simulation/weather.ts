/** How likely each thing is, per minute: of each node, or of the whole. */
interface Weather {
  // Of a node.
  readonly work: number;
  readonly session: number;
  readonly cpu: number;
  readonly probe: number;
  readonly transfer: number;
  readonly lease: number;
  /** A signal that cannot be read. */
  readonly blindness: number;
  /** Of a minute of use: a new file, or one that nothing claims. */
  readonly file: number;
  readonly unclaimed: number;
  /** Somebody puts, or throws away, what is nowhere else. */
  readonly tidiness: number;
  readonly silence: number;
  readonly reboot: number;
  readonly revocation: number;
  readonly preemption: number;
  readonly goingByItself: number;
  /** The agent acknowledges in this minute. */
  readonly acknowledgement: number;
  /** What waits to be in the store gets there. */
  readonly flush: number;
  // Of a node that somebody rents.
  readonly oddPrice: number;
  readonly booting: number;
  readonly locked: number;
  /** It enrols from another address than its instance has. */
  readonly elsewhere: number;
  // Of a message.
  readonly reportLost: number;
  readonly reportDelayed: number;
  readonly reportRepeated: number;
  readonly commandLost: number;
  readonly commandRepeated: number;
  // Of an answer of the provider.
  readonly listFault: number;
  readonly terminateFault: number;
  /** Its key may end nothing any more, for a while. */
  readonly lockout: number;
  // Of the control plane.
  /** Functions die, one step after the other. */
  readonly crashes: boolean;
  readonly unavailable: number;
  readonly overlap: number;
  readonly unreadable: number;
  readonly inventoryLost: number;
  readonly slotLost: number;
  readonly massFailure: number;
  readonly pendingWork: number;
  // Of people.
  readonly freeze: number;
  readonly protection: number;
  readonly modeChange: number;
  readonly limitsChange: number;
  readonly configurationChange: number;
  readonly waiver: number;
  readonly force: number;
  readonly resume: number;
}

const ROUGH: Weather = {
  work: 0.002,
  session: 0.001,
  cpu: 0.002,
  probe: 0.001,
  transfer: 0.004,
  lease: 0.0015,
  blindness: 0.006,
  file: 0.1,
  unclaimed: 0.04,
  tidiness: 0.03,
  silence: 0.001,
  reboot: 0.0003,
  revocation: 0.00015,
  preemption: 0.00015,
  goingByItself: 0.00015,
  acknowledgement: 0.6,
  flush: 0.3,
  oddPrice: 0.08,
  booting: 0.02,
  locked: 0.02,
  elsewhere: 0.03,
  reportLost: 0.002,
  reportDelayed: 0.004,
  reportRepeated: 0.004,
  commandLost: 0.05,
  commandRepeated: 0.1,
  listFault: 0.06,
  terminateFault: 0.55,
  lockout: 0.003,
  crashes: true,
  unavailable: 0.02,
  overlap: 0.02,
  unreadable: 0.006,
  inventoryLost: 0.002,
  slotLost: 0.004,
  massFailure: 0.005,
  pendingWork: 0.02,
  freeze: 0.003,
  protection: 0.01,
  modeChange: 0.006,
  limitsChange: 0.002,
  configurationChange: 0.002,
  waiver: 0.04,
  force: 0.004,
  resume: 0.02,
};

/** Nobody does anything, and nothing fails: whatever is idle has to end. */
const CALM: Weather = {
  ...ROUGH,
  work: 0,
  session: 0,
  cpu: 0,
  probe: 0,
  transfer: 0,
  lease: 0,
  blindness: 0,
  tidiness: 1,
  silence: 0,
  reboot: 0,
  revocation: 0,
  preemption: 0,
  goingByItself: 0,
  acknowledgement: 1,
  flush: 1,
  reportLost: 0,
  reportDelayed: 0,
  reportRepeated: 0,
  commandLost: 0,
  commandRepeated: 0,
  listFault: 0,
  terminateFault: 0,
  lockout: 0,
  crashes: false,
  unavailable: 0,
  overlap: 0,
  unreadable: 0,
  inventoryLost: 0,
  slotLost: 0,
  massFailure: 0,
  pendingWork: 0,
  freeze: 0,
  protection: 0,
  modeChange: 0,
  limitsChange: 0,
  configurationChange: 0,
  waiver: 0,
  force: 0,
  resume: 0,
};

export type { Weather };
export { CALM, ROUGH };
