import type { Provider as ProviderKey } from '../nodes/node.ts';
import type { Clock } from '../time.ts';
import type { Wait } from '../wait.ts';
import type { Instance } from './instance.ts';
import type { PacingBucket, RequestGate } from './request-gate.ts';

/** What a provider's API can tell and do. Code decides by these, never by the provider's key. */
interface ProviderCapabilities {
  /** False: there is no list to ask for (own machines); `listInstances` always throws, and nothing follows from it. */
  readonly lists: boolean;
  readonly canTerminate: boolean;
  /** Stopping exists (and storage keeps billing while stopped). */
  readonly canStop: boolean;
  readonly reportsUtilization: boolean;
  /** Reports an address once the instance has one. */
  readonly reportsAddress: boolean;
  /** Says `preempted` itself; elsewhere an instance that was taken away is just gone. */
  readonly reportsPreemption: boolean;
  readonly reportsCreation: boolean;
}

interface TerminateOutcome {
  readonly outcome: /** On its way. Believe it only from a complete listing without the instance. */
    | 'accepted'
    /** "Not found", which may also mean "not yours": confirm with a complete listing. */
    | 'gone-confirm'
    | 'auth-failure'
    | 'rate-limited'
    | 'transient'
    /** The provider, or its own protection of the instance, says no; a retry does not help. */
    | 'refused'
    /** The answer cannot be read: the instance may live or not. */
    | 'unknown';
  /** What the provider said, for a person; never holds the key. */
  readonly detail: string;
  readonly retryAfterSeconds?: number;
}

interface Provider {
  readonly key: ProviderKey;
  readonly capabilities: ProviderCapabilities;
  /** The rate limits that this adapter's requests fall under. */
  readonly pacing: readonly PacingBucket[];
  /**
   * Every instance of the account.
   * @throws ProviderError unless the list is complete and of the documented shape; never answers a part of it
   */
  listInstances(): Promise<readonly Instance[]>;
  /** Asks for the irreversible end of one instance. Never throws for what the provider does. */
  terminate(instanceId: string): Promise<TerminateOutcome>;
}

interface ProviderOptions {
  /** The key as it is known; asked before every request. */
  apiKey(): Promise<string>;
  /** Reads the key anew: asked once when the provider refuses it. */
  reloadApiKey(): Promise<string>;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  /** Waits between requests of one adapter when there is no gate. */
  readonly wait: Wait;
  /** Shared pacing; without it the adapter keeps the documented pace for itself. */
  readonly gate?: RequestGate;
  /** Replaces the provider's own address, e.g. by a simulator's; no slash at its end. */
  readonly baseUrl?: string;
}

type ProviderFactory = (options: ProviderOptions) => Provider;

export type { Provider, ProviderCapabilities, ProviderFactory, ProviderOptions, TerminateOutcome };
