import type { Account } from './account.ts';
import type { Fault, Faults } from './faults.ts';
import type { SimInstance } from './instance.ts';
import type { Answer, ProviderApi, Route, RouteContext, SimRequest } from './provider-api.ts';
import type { RateLimiter, Verdict } from './rate-limiter.ts';

/** What becomes of a request: an answer, silence, or a connection that breaks. */
type Fate = Answer | 'no-answer' | 'connection-reset';

interface ProviderState {
  readonly api: ProviderApi;
  readonly account: Account;
  readonly faults: Faults;
  /** Undefined: every pace is fine. */
  readonly limiter: RateLimiter | undefined;
  /** The keys that are accepted now. */
  readonly keys: ReadonlySet<string>;
  readonly now: () => number;
}

const BEARER = /^Bearer (.+)$/;
/** What the edge in front of Lambda Cloud turns away. */
const BLOCKED_AGENTS = /^(python-urllib|$)/i;
const CUT_AT = 0.6;

const edgeBlock = (): Answer => ({ status: 403, contentType: 'text/html', body: 'error code: 1010' });
const badGateway = (): Answer => ({
  status: 502,
  contentType: 'text/html',
  body: '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>',
});

const half = (listed: readonly SimInstance[]): SimInstance[] =>
  listed.slice(0, Math.floor(listed.length / 2));

/** Another name for every key that holds a list. */
const changeShape = (body: string): string => {
  const parsed: unknown = JSON.parse(body);
  return typeof parsed === 'object' && parsed !== null
    ? JSON.stringify(
        Object.fromEntries(
          Object.entries(parsed).map(([key, value]) => [Array.isArray(value) ? `${key}_v2` : key, value]),
        ),
      )
    : body;
};

/** The answer that takes the place of the real one, when the fault is of that kind. */
const replacement = (
  fault: Fault | undefined,
  { errors }: ProviderApi,
  verdict: Verdict,
): Fate | undefined => {
  switch (fault?.fault) {
    case 'rate-limited':
      return errors.rateLimited({
        ...verdict,
        retryAfterSeconds: fault.retryAfterSeconds ?? verdict.retryAfterSeconds,
      });
    case 'server-error':
      return errors.serverError();
    case 'bad-gateway':
      return badGateway();
    case 'no-answer':
    case 'connection-reset':
      return fault.fault;
    case 'gone':
      return errors.gone();
    case 'unauthorized':
      return errors.unauthorized();
    case 'not-found-auth-error':
      return errors.authAsNotFound();
    case 'edge-blocked':
      return edgeBlock();
    default:
      return undefined;
  }
};

const mangle = (answer: Answer, fault: Fault | undefined): Answer => {
  switch (fault?.fault) {
    case 'empty-body':
      return { ...answer, body: '' };
    case 'cut-body':
      return { ...answer, body: answer.body.slice(0, Math.floor(answer.body.length * CUT_AT)) };
    case 'changed-shape':
      return { ...answer, body: changeShape(answer.body) };
    default:
      return answer;
  }
};

const act = (route: Route, fault: Fault | undefined, context: RouteContext): Answer => {
  if (fault?.fault === 'accepted-never-gone' && route.pretend !== undefined) return route.pretend(context);
  if (fault?.fault === 'refused' && route.refuse !== undefined) return route.refuse(context);
  return route.act(context);
};

/** What the provider says to one request: edge, faults, key, pace, and then the route, in this order. */
const answerRequest = (
  { api, account, faults, limiter, keys, now }: ProviderState,
  request: SimRequest,
  route: Route | undefined,
): Fate => {
  if (BLOCKED_AGENTS.test(request.headers['user-agent'] ?? '')) return edgeBlock();
  const operation = route?.operation ?? 'unknown-path';
  const fault = faults.take(operation, route?.instanceIds);
  const free: Verdict = { allowed: true, headers: {}, retryAfterSeconds: 1, thresholdSeconds: 1 };
  const replaced = replacement(fault, api, free);
  if (replaced !== undefined) return replaced;
  const key = BEARER.exec(request.headers['authorization'] ?? '')?.[1];
  if (key === undefined || !keys.has(key)) return api.errors.unauthorized();
  const verdict = limiter?.admit(operation, now()) ?? free;
  if (!verdict.allowed) {
    const refused = api.errors.rateLimited(verdict);
    return { ...refused, headers: { ...verdict.headers, ...refused.headers } };
  }
  if (route === undefined) return api.errors.notFound();
  const everything = account.listed();
  const answer = act(route, fault, {
    account,
    listed: fault?.fault === 'half-list' ? half(everything) : everything,
    ending: fault?.fault === 'stuck-terminating' ? 'stuck' : 'normal',
    nowMs: now(),
  });
  const mangled = mangle(answer, fault);
  return { ...mangled, headers: { ...verdict.headers, ...mangled.headers } };
};

export type { Fate, ProviderState };
export { answerRequest };
