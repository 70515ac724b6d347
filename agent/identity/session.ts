import { setMaxListeners } from 'node:events';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { TransientError } from '../../lib/errors.ts';
import type { EnrollRequest } from '../../lib/identity/enrolment.ts';
import { toTimestamp } from '../../lib/time.ts';
import { fullJitterSeconds } from '../backoff.ts';
import { describeError, type Log } from '../log.ts';
import type { Timing } from '../wait.ts';
import { createS3, createSqs } from './clients.ts';
import {
  type Credentials,
  type EnrollResponse,
  type EnrolmentClient,
  EnrolmentRefused,
} from './enrolment-client.ts';
import type { Identity } from './identity-file.ts';

/** Everything that the control plane told this node, but the credentials. */
type Place = Omit<EnrollResponse, 'credentials' | 'nodeSecret'>;

interface SessionTools {
  readonly client: EnrolmentClient;
  /** Who this machine says it is. */
  readonly machine: Omit<EnrollRequest, 'nodeId' | 'nodeSecret' | 'joinToken'>;
  readonly joinToken: string | undefined;
  readonly identity: Identity | undefined;
  readonly saveIdentity: (identity: Identity) => Promise<void>;
  readonly timing: Timing;
  readonly log: Log;
  /** Between tries after an answer that only an operator can change. */
  readonly refusedPauseSeconds: number;
}

/** Credentials are renewed this long before they end. */
const RENEW_BEFORE_SECONDS = 15 * 60;

interface Access {
  readonly place: Place;
  readonly sqs: SQSClient;
  readonly s3: () => Promise<S3Client>;
  readonly expiresAt: string;
}

/** Who this node is, and the clients that it may use. It never gives up: an operator may mend what is wrong. */
class Session {
  readonly #tools: SessionTools;
  /** Before any call, so that no file of the node is older than its enrolment. */
  readonly #startedAt: string;
  #identity: Identity | undefined;
  #access: Access | undefined;
  #renewal: Promise<void> | undefined;

  constructor(tools: SessionTools) {
    this.#tools = tools;
    this.#identity = tools.identity;
    this.#startedAt = toTimestamp(tools.timing.now());
  }

  /** When this machine first became a node, by its own clock. */
  get enrolledAt(): string {
    return this.#identity?.enrolledAt ?? this.#startedAt;
  }

  /** @throws TransientError before the first enrolment */
  get access(): Access {
    if (this.#access === undefined) throw new TransientError('this node is not enrolled yet');
    return this.#access;
  }

  /** Enrols, or says who this is after a restart. Returns once that worked, or `signal` aborted. */
  async enroll(signal: AbortSignal): Promise<void> {
    await this.#single(async () => {
      await this.#untilDone('enrol', signal, async () => {
        const { machine, client } = this.#tools;
        const known = this.#identity;
        if (known === undefined) return await this.#join();
        const { nodeId, nodeSecret } = known;
        await this.#orJoin(
          async () => await this.#accept(await client.enroll({ ...machine, nodeId, nodeSecret })),
        );
      });
    });
  }

  /** Gets fresh credentials now: the ones in use were refused. */
  async renew(signal: AbortSignal): Promise<void> {
    await this.#single(async () => {
      await this.#untilDone('renew the credentials', signal, async () => {
        const { client, machine, log } = this.#tools;
        const identity = this.#identity;
        if (identity === undefined) throw new TransientError('this node is not enrolled yet');
        const { bootId, agentVersion } = machine;
        const { nodeId, nodeSecret } = identity;
        await this.#orJoin(async () => {
          const fresh = await client.credentials({ nodeId, nodeSecret, bootId, agentVersion });
          this.#use(this.access.place, fresh);
          log.debug('credentials renewed', { until: this.access.expiresAt });
        });
      });
    });
  }

  /** Renews the credentials in time, until `signal` aborts. */
  async keepFresh(signal: AbortSignal): Promise<void> {
    const { timing } = this.#tools;
    for (;;) {
      const secondsLeft = (new Date(this.access.expiresAt).getTime() - timing.now().getTime()) / 1000;
      // Never in a tight loop, also when the clock of this machine is wrong.
      const pause = Math.max(30, secondsLeft - RENEW_BEFORE_SECONDS);
      if (!(await timing.wait(pause, signal))) return;
      await this.renew(signal);
      if (signal.aborted) return;
    }
  }

  /** Enrols as a new machine would; the same machine with the same token gets its own node back, with a new secret. */
  async #join(): Promise<void> {
    const { machine, joinToken, client } = this.#tools;
    await this.#accept(
      await client.enroll({ ...machine, ...(joinToken === undefined ? {} : { joinToken }) }),
    );
  }

  /**
   * An enrolment call that was given up can have changed the secret after the retry got its own. Then only the join token proves
   * who this is; the control plane takes it once this node has been silent for 90 s, at the latest after its credentials ended.
   */
  async #orJoin(attempt: () => Promise<void>): Promise<void> {
    const { joinToken, log } = this.#tools;
    try {
      await attempt();
    } catch (error) {
      const isUnknown = error instanceof EnrolmentRefused && error.refusal.error === 'invalid-secret';
      if (!isUnknown || joinToken === undefined) throw error;
      log.warn('the secret of this node is not known any more; enrolling with the join token', { error });
      await this.#join();
    }
  }

  async #accept({ credentials, nodeSecret, ...place }: EnrollResponse): Promise<void> {
    const again = this.#identity !== undefined;
    if (nodeSecret !== undefined) {
      // The first enrolment counts, also after another one: files were made here since then.
      const enrolledAt = this.#identity?.enrolledAt ?? this.#startedAt;
      this.#identity = { nodeId: place.nodeId, nodeSecret, enrolledAt };
      await this.#tools.saveIdentity(this.#identity);
    }
    this.#use(place, credentials);
    this.#tools.log.info('enrolled', { nodeId: place.nodeId, again });
  }

  #use(place: Place, credentials: Credentials): void {
    const before = this.#access;
    this.#access = {
      place,
      sqs: createSqs(place.region, credentials),
      s3: createS3(place.region, credentials),
      expiresAt: credentials.expiresAt,
    };
    // Calls that run with the old clients end by themselves; idle connections are closed.
    if (before !== undefined) setTimeout(() => before.sqs.destroy(), 60_000).unref();
  }

  /** Many callers can see at once that credentials are stale: one call serves them all. */
  async #single(work: () => Promise<void>): Promise<void> {
    this.#renewal ??= work().finally(() => {
      this.#renewal = undefined;
    });
    await this.#renewal;
  }

  async #untilDone(what: string, signal: AbortSignal, attempt: () => Promise<void>): Promise<void> {
    const { timing, log, refusedPauseSeconds } = this.#tools;
    setMaxListeners(0, signal);
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        await attempt();
        return;
      } catch (error) {
        const isFinal =
          !(error instanceof TransientError) &&
          !(error instanceof EnrolmentRefused && error.refusal.retryable);
        const asked = error instanceof TransientError ? (error.retryAfterSeconds ?? 0) : 0;
        const jitter = fullJitterSeconds(failures, { baseSeconds: 1, capSeconds: 60 }, timing.random());
        const pause = isFinal ? refusedPauseSeconds : Math.max(asked, jitter);
        const line = `cannot ${what}: ${describeError(error)}`;
        if (isFinal) log.error(`${line}. An operator must mend this; trying again in ${pause} s`);
        else log.warn(line, { failures, retryInSeconds: pause });
        await timing.wait(pause, signal);
      }
    }
  }
}

export type { Access, Place };
export { Session };
