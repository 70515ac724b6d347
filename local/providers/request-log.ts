/** One request that reached the provider, refused ones too. */
interface LoggedRequest {
  readonly atMs: number;
  readonly operation: string;
  readonly status: number;
}

interface RequestStatistics {
  readonly total: number;
  /** Refused because they came too fast. */
  readonly rateLimited: number;
  /** The most that arrived within any second. */
  readonly peakPerSecond: number;
  readonly byOperation: Readonly<Record<string, number>>;
}

interface RequestLog {
  record(request: LoggedRequest): void;
  /** The latest requests, oldest first. */
  readonly requests: readonly LoggedRequest[];
  statistics(): RequestStatistics;
  clear(): void;
}

const SECOND_MS = 1000;
const MAX_REQUESTS = 20_000;

const peakOf = (times: readonly number[]): number => {
  let first = 0;
  let peak = 0;
  times.forEach((time, index) => {
    while ((times[first] ?? time) <= time - SECOND_MS) first += 1;
    peak = Math.max(peak, index - first + 1);
  });
  return peak;
};

/** Remembers who asked what and when, so that a test can say how fast its callers were. */
const createRequestLog = (): RequestLog => {
  const requests: LoggedRequest[] = [];
  return {
    requests,
    record: (request) => {
      requests.push(request);
      if (requests.length > MAX_REQUESTS) requests.splice(0, requests.length - MAX_REQUESTS);
    },
    statistics: () => {
      const byOperation: Record<string, number> = {};
      for (const { operation } of requests) byOperation[operation] = (byOperation[operation] ?? 0) + 1;
      return {
        total: requests.length,
        rateLimited: requests.filter(({ status }) => status === 429).length,
        peakPerSecond: peakOf(requests.map(({ atMs }) => atMs)),
        byOperation,
      };
    },
    clear: () => {
      requests.length = 0;
    },
  };
};

export type { LoggedRequest, RequestLog, RequestStatistics };
export { createRequestLog };
