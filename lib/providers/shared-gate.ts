import { TransientError } from '../errors.ts';
import type { IdSource } from '../ids.ts';
import type { Provider as ProviderKey } from '../nodes/node.ts';
import type { Clock } from '../time.ts';
import type { Wait } from '../wait.ts';
import { decidePace } from './decide-pace.ts';
import { decideTurn, type TurnReason } from './decide-turn.ts';
import type { PacePolicy } from './pace.ts';
import type { PaceStore } from './pace-store.ts';
import { ProviderError } from './provider-error.ts';
import type { PacingBucket, RequestGate } from './request-gate.ts';

interface SharedGatePorts {
  readonly provider: ProviderKey;
  readonly paces: PaceStore;
  readonly clock: Clock;
  readonly wait: Wait;
  readonly ids: IdSource;
  readonly policy: PacePolicy;
  /** Where an outcome that could not be written is told. */
  readonly warn: (message: string, error: unknown) => void;
}

/** Callers at once are few (a function per provider and a terminator), and each lost race is one fast repeat. */
const MAX_TRIES = 20;
const RANDOM_BYTES = 4;

const explanations: Readonly<Record<TurnReason, string>> = {
  free: 'it may go',
  probe: 'it may go as a probe',
  'breaker-open': 'the last requests failed, and the breaker is open',
  'provider-asked-to-wait': 'the provider asked for a pause',
  'too-many-waiting': 'more requests wait than its rate limit takes',
};

/** The RequestGate that all functions share: turns, pauses and breakers lie in the PaceStore. */
const createSharedGate = (ports: SharedGatePorts): RequestGate => {
  const { provider, paces, clock, policy } = ports;
  const random = (): number => ports.ids.bytes(RANDOM_BYTES).readUInt32BE() / 2 ** 32;

  const takeTurn = async (bucket: PacingBucket): Promise<number> => {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const pace = await paces.get(provider, bucket.name);
      const turn = decideTurn(pace, bucket, policy, clock.now());
      if (turn.action === 'refuse') {
        const retryAfterSeconds = Math.ceil(turn.retryAfterSeconds);
        throw new ProviderError(
          provider,
          turn.reason === 'breaker-open' ? 'transient' : 'rate-limited',
          `${provider}: a request of "${bucket.name}" was not sent: ${explanations[turn.reason]} for ${retryAfterSeconds} s more; Drover asks again`,
          { retryAfterSeconds },
        );
      }
      if (await paces.put(provider, bucket.name, turn.next, pace?.revision)) return turn.waitMilliseconds;
    }
    throw new TransientError(
      `the pace of ${provider} "${bucket.name}" changed ${MAX_TRIES} times while a turn was taken: try again`,
    );
  };

  const record: RequestGate['observe'] = async (bucket, observation) => {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const pace = await paces.get(provider, bucket.name);
      const next = decidePace(pace, observation, policy, clock.now(), random());
      if (next === undefined || (await paces.put(provider, bucket.name, next, pace?.revision))) return;
    }
    throw new TransientError(`the pace of ${provider} "${bucket.name}" changed ${MAX_TRIES} times`);
  };

  return {
    acquire: async (bucket) => {
      const milliseconds = await takeTurn(bucket);
      if (milliseconds > 0) await ports.wait(milliseconds);
    },
    // The answer is in our hands: that it could not be noted down must not lose it. A probe expires by itself.
    observe: (bucket, observation) =>
      record(bucket, observation).catch((error: unknown) => {
        ports.warn(`an outcome of ${provider} "${bucket.name}" could not be noted down`, error);
      }),
  };
};

export type { SharedGatePorts };
export { createSharedGate };
