import type * as z from 'zod';
import { TransientError } from '../errors.ts';
import type { Provider as ProviderKey } from '../nodes/node.ts';
import type { ProviderAnswer } from './classify-status.ts';
import { createPacingGate } from './pacing-gate.ts';
import { ProviderError, type ProviderErrorKind } from './provider-error.ts';
import type { ProviderOptions } from './provider-port.ts';
import { readQuotas, readRetryAfterSeconds } from './read-rate-limits.ts';
import { excerpt, safeCause } from './redact-key.ts';
import type { PacingBucket } from './request-gate.ts';

/** For the answer and its body together. */
const TIMEOUT_MS = 30_000;
/** A real one: the edge in front of Lambda's API refuses the defaults of HTTP libraries (providers.md 1.1). */
const USER_AGENT = 'drover-control-plane';

const remedies: Readonly<Record<ProviderErrorKind, (provider: ProviderKey) => string>> = {
  'auth-failure': (provider) => `store a valid key with \`drover providers login ${provider}\``,
  'rate-limited': () => 'Drover asks again later; other programs with the same account share its limit',
  transient: () => 'Drover asks again',
  'unexpected-shape': () =>
    "the API is not as Drover knows it: look at the provider's changelog, update Drover",
  'edge-blocked': () =>
    "the edge in front of the API refused, not the API: Drover asks again; check this machine's address",
  incomplete: () => 'the list changed while it was read, or its pages are broken: Drover asks again',
};

interface ProviderRequest {
  readonly bucket: PacingBucket;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the base address, with its query. */
  readonly path: string;
  readonly body?: unknown;
}

interface ClientSettings {
  readonly provider: ProviderKey;
  readonly baseUrl: string;
  readonly options: ProviderOptions;
  /** What kind of failure an answer is; undefined when the API itself answered, be it with a refusal. */
  classify(answer: ProviderAnswer): ProviderErrorKind | undefined;
  /** Where a body tells how long to wait and the headers do not. */
  readRetryAfterSeconds?(answer: ProviderAnswer): number | undefined;
}

interface ProviderClient {
  /** @throws ProviderError for whatever `classify` names, and when no answer comes */
  send(request: ProviderRequest): Promise<ProviderAnswer>;
  /** @throws ProviderError unless the answer has status 200 and a body of this shape */
  parse<Schema extends z.ZodType>(
    request: ProviderRequest,
    answer: ProviderAnswer,
    schema: Schema,
  ): z.infer<Schema>;
  /** A provider's text for a message: short, on one line, without any key that was sent. */
  redact(text: string): string;
  fail(
    kind: ProviderErrorKind,
    what: string,
    options?: ErrorOptions & { retryAfterSeconds?: number | undefined },
  ): ProviderError;
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the body, which may hold secrets.
    return undefined;
  }
};

/** The one way in which adapters speak HTTP: paced, in time, without redirects, and with the key only in its header. */
const createProviderClient = (settings: ClientSettings): ProviderClient => {
  const { provider, baseUrl, options } = settings;
  const sentKeys = new Set<string>();
  const gate = options.gate ?? createPacingGate(options.clock, options.wait);

  const fail: ProviderClient['fail'] = (kind, what, extra) =>
    new ProviderError(provider, kind, `${provider}: ${what}; ${remedies[kind](provider)}`, extra);

  const redact = (text: string): string => excerpt(text, sentKeys);

  const readKey = async (read: () => Promise<string>): Promise<string> => {
    let key: string;
    try {
      key = (await read()).trim();
    } catch (error) {
      if (error instanceof ProviderError) throw error;
      const kind = error instanceof TransientError ? 'transient' : 'auth-failure';
      throw fail(kind, 'the API key cannot be read', { cause: error });
    }
    // Anything else makes fetch throw an error that quotes the header, key included.
    if (!/^[\x21-\x7e]+$/.test(key))
      throw fail('auth-failure', 'the stored API key is empty or has characters that no key has');
    return key;
  };

  const exchange = async (
    request: ProviderRequest,
    key: string,
  ): Promise<{ answer: ProviderAnswer; headers: Headers }> => {
    const response = await options.fetch(`${baseUrl}${request.path}`, {
      method: request.method,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${key}`,
        'user-agent': USER_AGENT,
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    const answer = {
      status: response.status,
      text,
      json: parseJson(text),
      retryAfterSeconds: readRetryAfterSeconds(response.headers, options.clock),
    };
    return { answer, headers: response.headers };
  };

  const attempt = async (request: ProviderRequest, key: string): Promise<ProviderAnswer | ProviderError> => {
    const what = `${request.method} ${request.path.split('?')[0]}`;
    await gate.acquire(request.bucket);
    sentKeys.add(key);
    let came: Awaited<ReturnType<typeof exchange>>;
    try {
      came = await exchange(request, key);
    } catch (error) {
      await gate.observe(request.bucket, { outcome: 'transient', quotas: [] });
      return fail('transient', `no answer to ${what} within ${TIMEOUT_MS / 1000} s, or a broken one`, {
        cause: safeCause(error, sentKeys),
      });
    }
    const { answer, headers } = came;
    const kind = settings.classify(answer);
    const retryAfterSeconds =
      answer.retryAfterSeconds ?? (kind === undefined ? undefined : settings.readRetryAfterSeconds?.(answer));
    await gate.observe(request.bucket, {
      outcome: kind ?? 'answered',
      status: answer.status,
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
      quotas: readQuotas(headers),
    });
    if (kind === undefined) return answer;
    return fail(kind, `${what} answered ${answer.status} (${redact(answer.text)})`, { retryAfterSeconds });
  };

  return {
    fail,
    redact,
    async send(request) {
      const key = await readKey(() => options.apiKey());
      let result = await attempt(request, key);
      if (result instanceof ProviderError && result.kind === 'auth-failure') {
        // Keys are cached: the stored one may have been replaced meanwhile.
        const fresh = await readKey(() => options.reloadApiKey());
        if (fresh !== key) result = await attempt(request, fresh);
      }
      if (result instanceof ProviderError) throw result;
      return result;
    },
    parse(request, answer, schema) {
      const what = `${request.method} ${request.path.split('?')[0]}`;
      if (answer.status !== 200)
        throw fail('unexpected-shape', `${what} answered ${answer.status} where 200 is documented`);
      if (answer.json === undefined)
        throw fail('unexpected-shape', `${what} answered 200 with a body that is no JSON`);
      const parsed = schema.safeParse(answer.json);
      if (parsed.success) return parsed.data;
      // Paths and types only: the values may hold secrets.
      const [issue] = parsed.error.issues;
      throw fail(
        'unexpected-shape',
        `${what} answered another shape (at ${issue?.path.join('.') || 'the top'}: ${issue?.message})`,
        { cause: parsed.error },
      );
    },
  };
};

export type { ProviderClient, ProviderRequest };
export { createProviderClient };
