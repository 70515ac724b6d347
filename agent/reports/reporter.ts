import { TransientError } from '../../lib/errors.ts';
import { type Report, reportSchema } from '../../lib/nodes/report.ts';
import { toTimestamp } from '../../lib/time.ts';
import { fullJitterSeconds } from '../backoff.ts';
import type { Log } from '../log.ts';
import type { Timing } from '../wait.ts';
import type { Sequence } from './sequence.ts';

type Distribute<T> = T extends unknown
  ? Omit<T, 'schemaVersion' | 'reportId' | 'nodeId' | 'bootId' | 'seq' | 'sentAt'>
  : never;
/** What a report says; the reporter adds who says it. */
type ReportContent = Distribute<Report>;

interface ReporterTools {
  readonly send: (body: string) => Promise<void>;
  /** At most ten at once. @returns those that were not taken */
  readonly sendSome: (bodies: readonly string[]) => Promise<readonly string[]>;
  readonly sequence: Sequence;
  readonly nodeId: () => string;
  readonly bootId: string;
  readonly uuid: () => string;
  readonly timing: Timing;
  readonly log: Log;
}

/** Sends reports to the control plane. */
class Reporter {
  readonly #tools: ReporterTools;

  constructor(tools: ReporterTools) {
    this.#tools = tools;
  }

  /** One try. @throws when the queue did not take it */
  async sendOnce(content: ReportContent): Promise<void> {
    await this.#tools.send(await this.#compose(content));
  }

  /** Until the queue took it (true), or `signal` aborts (false). The same report each time, so a repeat is seen as one. */
  async sendUntilAccepted(content: ReportContent, signal: AbortSignal): Promise<boolean> {
    const body = await this.#compose(content);
    return await this.#untilAccepted([content], signal, async () => await this.#tools.send(body));
  }

  /** The same for at most ten reports of one type, in one request. */
  async sendAllUntilAccepted(contents: readonly ReportContent[], signal: AbortSignal): Promise<boolean> {
    let bodies: readonly string[] = await Promise.all(
      contents.map(async (content) => await this.#compose(content)),
    );
    return await this.#untilAccepted(contents, signal, async () => {
      bodies = await this.#tools.sendSome(bodies);
      if (bodies.length > 0)
        throw new TransientError(`the queue of reports did not take ${bodies.length} of ${contents.length}`);
    });
  }

  async #untilAccepted(
    contents: readonly ReportContent[],
    signal: AbortSignal,
    send: () => Promise<void>,
  ): Promise<boolean> {
    for (let failures = 0; ; ) {
      try {
        await send();
        return true;
      } catch (error) {
        failures += 1;
        this.#tools.log.warn('a report was not accepted; sending it again', {
          type: contents[0]?.type,
          failures,
          error,
        });
        const { timing } = this.#tools;
        const pause = fullJitterSeconds(failures, { baseSeconds: 1, capSeconds: 60 }, timing.random());
        if (!(await timing.wait(pause, signal))) return false;
      }
    }
  }

  async #compose(content: ReportContent): Promise<string> {
    const { sequence, nodeId, bootId, uuid, timing } = this.#tools;
    const report = reportSchema.parse({
      schemaVersion: 1,
      reportId: uuid(),
      nodeId: nodeId(),
      bootId,
      seq: await sequence.next(),
      sentAt: toTimestamp(timing.now()),
      ...content,
    });
    return JSON.stringify(report);
  }
}

export type { ReportContent };
export { Reporter };
