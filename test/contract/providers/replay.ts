import { readFileSync } from 'node:fs';
import type { ProviderOptions } from '../../../lib/providers/provider-port.ts';
import type { RequestGate, RequestObservation } from '../../../lib/providers/request-gate.ts';

/** What the provider answers to one request; an Error stands for a connection that breaks. */
type Reply =
  | { readonly status: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> }
  | Error;

interface SentRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: unknown;
  readonly redirect: string | undefined;
  readonly hasTimeLimit: boolean;
}

const API_KEY = 'sk-test-0123456789-secret';
const NEW_KEY = 'sk-test-9876543210-fresh';
const NOW = new Date('2026-11-23T12:00:00.000Z');

/** A payload of the reference sheet, verbatim. */
const fixture = (name: string): string =>
  readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8').trimEnd();

const json = (value: unknown, status = 200): Reply => ({ status, body: JSON.stringify(value) });
const ok = (body: string): Reply => ({ status: 200, body });

interface Replay {
  readonly options: ProviderOptions;
  readonly sent: SentRequest[];
  readonly observed: RequestObservation[];
  readonly reloads: () => number;
}

/**
 * The network of a provider, replaced at the outermost edge: answers with `replies` in order, the last one for ever.
 * `newKey`: what the store holds when it is read anew.
 */
const replay = (
  replies: readonly Reply[],
  { newKey = API_KEY, key = API_KEY }: { newKey?: string; key?: string } = {},
): Replay => {
  const sent: SentRequest[] = [];
  const observed: RequestObservation[] = [];
  let known = key;
  let reloads = 0;
  const gate: RequestGate = {
    acquire: async () => {},
    observe: async (_bucket, observation) => {
      observed.push(observation);
    },
  };
  const options: ProviderOptions = {
    apiKey: async () => known,
    reloadApiKey: async () => {
      reloads += 1;
      known = newKey;
      return known;
    },
    fetch: async (input, init) => {
      const request = new Request(input, init);
      sent.push({
        url: new URL(request.url),
        method: request.method,
        headers: request.headers,
        body: request.body === null ? undefined : JSON.parse(await request.text()),
        redirect: init?.redirect,
        hasTimeLimit: init?.signal instanceof AbortSignal,
      });
      const reply = replies[Math.min(sent.length, replies.length) - 1];
      if (reply === undefined) throw new Error('this test foresaw no request');
      if (reply instanceof Error) throw reply;
      // 204 has no body, and Response insists on it.
      const body = reply.status === 204 ? null : (reply.body ?? '');
      return new Response(body, { status: reply.status, headers: reply.headers ?? {} });
    },
    clock: { now: () => NOW },
    wait: async () => {},
    gate,
  };
  return { options, sent, observed, reloads: () => reloads };
};

export type { Replay, Reply };
export { API_KEY, fixture, json, NEW_KEY, NOW, ok, replay };
