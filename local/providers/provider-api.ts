import type { Account, Ending } from './account.ts';
import type { SimInstance } from './instance.ts';
import type { ProviderRules } from './provider-rules.ts';
import type { RateLimiter, Verdict } from './rate-limiter.ts';

/** A request as a provider's API sees it: the path without the simulator's own prefix. */
interface SimRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a route may look at. */
interface RouteContext {
  readonly account: Account;
  /** What the listing shows: all, or what a fault left of it. */
  readonly listed: readonly SimInstance[];
  readonly ending: Ending;
  readonly nowMs: number;
}

interface Route {
  /** `list`, `terminate`, …: what faults and statistics name. */
  readonly operation: string;
  /** The instances that it is about; absent = it is about none in particular. */
  readonly instanceIds?: readonly string[];
  readonly act: (context: RouteContext) => Answer;
  /** The same answer without the act, for a provider that only says yes. */
  readonly pretend?: (context: RouteContext) => Answer;
  /** 200 and yet refused, or the provider's own refusal. */
  readonly refuse?: (context: RouteContext) => Answer;
}

/** One provider's HTTP API: paths, shapes and error bodies. */
interface ProviderApi {
  readonly rules: ProviderRules;
  /** What a client appends its paths to, after the simulator's address. */
  readonly basePath: string;
  createLimiter(): RateLimiter;
  route(request: SimRequest): Route | undefined;
  readonly errors: {
    notFound(): Answer;
    unauthorized(): Answer;
    /** Only one provider hides a refused key behind 404; the others have their ordinary refusal here. */
    authAsNotFound(): Answer;
    rateLimited(verdict: Verdict): Answer;
    serverError(): Answer;
    gone(): Answer;
  };
}

const json = (status: number, body: unknown): Answer => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify(body),
});

export type { Answer, ProviderApi, Route, RouteContext, SimRequest };
export { json };
