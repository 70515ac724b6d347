import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { IncomingMessage } from 'node:http';

/** The bench's own clients carry this in their user agent, so that what they ask is not counted. */
const BENCH_USER_AGENT = 'drover-bench';

const CHANNEL = 'http.server.request.start';

/** `SQS SendMessage` for a JSON protocol's target; for S3 the method. Undefined for what is no AWS call. */
const callOf = (request: IncomingMessage): string | undefined => {
  const scope = /Credential=[^/]+\/\d+\/[^/]+\/([a-z0-9-]+)\/aws4_request/.exec(
    request.headers.authorization ?? '',
  );
  if (scope === null) {
    return undefined;
  }
  const target = request.headers['x-amz-target'];
  const action = typeof target === 'string' ? (target.split('.').at(-1) ?? target) : (request.method ?? '?');
  return `${scope[1]} ${action}`;
};

const requestOf = (message: unknown): IncomingMessage | undefined =>
  typeof message === 'object' &&
  message !== null &&
  'request' in message &&
  message.request instanceof IncomingMessage
    ? message.request
    : undefined;

interface RequestCounter {
  /** Calls by service and action since the last reset. */
  counts(): ReadonlyMap<string, number>;
  reset(): void;
  stop(): void;
}

/** Counts the AWS calls that reach the emulators of this process, except the bench's own. */
const countRequests = (): RequestCounter => {
  const counts = new Map<string, number>();
  const onRequest = (message: unknown): void => {
    const request = requestOf(message);
    const call = request === undefined ? undefined : callOf(request);
    if (request === undefined || call === undefined) {
      return;
    }
    const agent = `${request.headers['user-agent'] ?? ''} ${request.headers['x-amz-user-agent'] ?? ''}`;
    if (!agent.includes(BENCH_USER_AGENT)) {
      counts.set(call, (counts.get(call) ?? 0) + 1);
    }
  };
  subscribe(CHANNEL, onRequest);
  return {
    counts: () => new Map(counts),
    reset: () => counts.clear(),
    stop: () => {
      unsubscribe(CHANNEL, onRequest);
    },
  };
};

export type { RequestCounter };
export { BENCH_USER_AGENT, countRequests };
