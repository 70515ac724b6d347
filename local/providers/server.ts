import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { answerRequest, type Fate, type ProviderState } from './answer-request.ts';
import { type Answer, json, type SimRequest } from './provider-api.ts';
import type { RequestLog } from './request-log.ts';

interface ServedProvider extends ProviderState {
  readonly requests: RequestLog;
}

interface ServerOptions {
  readonly port: number;
  readonly states: readonly ServedProvider[];
  /** Answers paths under `/_sim`. */
  readonly control: (request: SimRequest) => Promise<Answer>;
  readonly log: (line: string) => void;
}

interface RunningServer {
  readonly endpoint: string;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
/** No request to any of the providers is larger. */
const MAX_BODY_BYTES = 1_000_000;

const readText = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const buffer: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    bytes += buffer.length;
    if (bytes > MAX_BODY_BYTES) throw new Error(`the body is larger than ${MAX_BODY_BYTES} bytes`);
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const toSimRequest = (request: IncomingMessage, path: string, url: URL, body: string): SimRequest => ({
  method: request.method ?? 'GET',
  path,
  query: url.searchParams,
  headers: Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  ),
  body,
});

const statusOf = (fate: Fate): number => (typeof fate === 'string' ? 0 : fate.status);

const send = (response: ServerResponse, fate: Fate): void => {
  if (fate === 'no-answer') return;
  if (fate === 'connection-reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  response.writeHead(fate.status, {
    ...(fate.contentType !== '' && { 'content-type': fate.contentType }),
    ...fate.headers,
    ...(fate.status !== 204 && { 'content-length': Buffer.byteLength(fate.body) }),
  });
  response.end(fate.body);
};

/** Serves each provider under `/<its key>` and the control API under `/_sim`. */
const startServer = async ({ port, states, control, log }: ServerOptions): Promise<RunningServer> => {
  const decide = async (request: IncomingMessage): Promise<Fate> => {
    const url = new URL(request.url ?? '/', `http://${HOST}`);
    const body = await readText(request);
    const [, prefix = '', path = '/'] = /^\/([^/]*)(\/.*)?$/.exec(url.pathname) ?? [];
    if (prefix === '_sim') return control(toSimRequest(request, path, url, body));
    const state = states.find(({ api }) => api.rules.key === prefix);
    if (state === undefined) return json(404, { message: `no provider is simulated at /${prefix}` });
    const asked = toSimRequest(request, path, url, body);
    const route = state.api.route(asked);
    const fate = answerRequest(state, asked, route);
    state.requests.record({
      atMs: state.now(),
      operation: route?.operation ?? 'unknown-path',
      status: statusOf(fate),
      instanceIds: route?.instanceIds ?? [],
    });
    return fate;
  };
  const server = createServer((request, response) => {
    decide(request).then(
      (fate) => send(response, fate),
      (error: unknown) => {
        log(`simulator: ${request.method} ${request.url}: ${String(error)}`);
        send(response, json(500, { message: `the simulator failed: ${String(error)}` }));
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, resolve);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    endpoint: `http://${HOST}:${bound}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

export { startServer };
