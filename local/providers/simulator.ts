import type { Account } from './account.ts';
import type { Faults } from './faults.ts';
import type { RequestLog } from './request-log.ts';

/** One provider: what Drover's adapter talks to, and what a person or a test does behind its back. */
interface Simulator {
  readonly provider: string;
  /** Takes the place of the provider's own address, with the version where all its paths share one. */
  readonly baseUrl: string;
  readonly account: Account;
  readonly faults: Faults;
  readonly requests: RequestLog;
  /** The keys that are accepted. */
  readonly keys: Set<string>;
}

/** The key that a simulator accepts from its start. Not a secret: it opens nothing else. */
const simulatedKey = (provider: string): string => `simulated-key-of-${provider}`;

export type { Simulator };
export { simulatedKey };
