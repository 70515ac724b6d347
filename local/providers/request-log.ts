/** One request that reached the provider, refused ones too. */
interface LoggedRequest {
  readonly atMs: number;
  readonly operation: string;
  /** 0 = it was not answered. */
  readonly status: number;
  readonly instanceIds: readonly string[];
}

interface RequestStatistics {
  readonly total: number;
  /** Refused because they came too fast. */
  readonly rateLimited: number;
  /** The most that arrived within any second. */
  readonly peakPerSecond: number;
  readonly byOperation: Readonly<Record<string, number>>;
  /** How often the end of an instance was asked for, by its id: however it was answered. */
  readonly terminationsById: Readonly<Record<string, number>>;
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

const countBy = (names: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
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
    statistics: () => ({
      total: requests.length,
      rateLimited: requests.filter(({ status }) => status === 429).length,
      peakPerSecond: peakOf(requests.map(({ atMs }) => atMs)),
      byOperation: countBy(requests.map(({ operation }) => operation)),
      terminationsById: countBy(
        requests.flatMap(({ operation, instanceIds }) => (operation === 'terminate' ? instanceIds : [])),
      ),
    }),
    clear: () => {
      requests.length = 0;
    },
  };
};

export type { LoggedRequest, RequestLog, RequestStatistics };
export { createRequestLog };
