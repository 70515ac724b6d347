import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { headerOf, readBody } from './http-body.ts';

/** The request of a Function URL, payload format 2.0 (the parts that a JSON API reads). */
interface LambdaFunctionUrlEvent {
  readonly version: '2.0';
  readonly routeKey: '$default';
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly cookies?: string[];
  readonly headers: Record<string, string>;
  readonly queryStringParameters?: Record<string, string>;
  readonly requestContext: {
    readonly accountId: string;
    readonly apiId: string;
    readonly domainName: string;
    readonly domainPrefix: string;
    readonly http: {
      readonly method: string;
      readonly path: string;
      readonly protocol: string;
      readonly sourceIp: string;
      readonly userAgent: string;
    };
    readonly requestId: string;
    readonly routeKey: '$default';
    readonly stage: '$default';
    readonly time: string;
    readonly timeEpoch: number;
  };
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

interface LambdaFunctionUrlResult {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

type UrlHandler = (event: LambdaFunctionUrlEvent) => Promise<LambdaFunctionUrlResult>;

interface FunctionUrls {
  /** @returns the URL, `<endpoint>/lambda-url/<urlId>/`. */
  mount(urlId: string, handler: UrlHandler): string;
}

interface FunctionUrlServer extends FunctionUrls {
  /** False when the path is not a Function URL's. */
  serve(request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean>;
}

const PATH = /^\/lambda-url\/([^/]+)(\/.*)?$/;
const TEXT = /^(text\/|application\/(json|xml|javascript|x-www-form-urlencoded))|\+json|charset=/;

const joinedHeaders = (request: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(request.headers)
      .filter(([name]) => name !== 'cookie')
      .map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : (value ?? '')]),
  );

const respond = (response: ServerResponse, result: LambdaFunctionUrlResult): void => {
  const body = Buffer.from(result.body ?? '', result.isBase64Encoded === true ? 'base64' : 'utf8');
  response.writeHead(result.statusCode, {
    'content-type': 'application/json',
    ...result.headers,
    'content-length': body.length,
  });
  response.end(body);
};

/** Lambda Function URLs, as paths of the front door. Callers need no signature: what is mounted decides. */
const createFunctionUrls = (options: {
  endpoint: () => string;
  now: () => number;
  log: (line: string) => void;
}): FunctionUrlServer => {
  const handlers = new Map<string, UrlHandler>();

  const toEvent = (request: IncomingMessage, url: URL, urlId: string, path: string, body: Buffer) => {
    const isText = body.length === 0 || TEXT.test(headerOf(request, 'content-type') ?? '');
    const cookies = headerOf(request, 'cookie')?.split('; ');
    const time = options.now();
    const event: LambdaFunctionUrlEvent = {
      version: '2.0',
      routeKey: '$default',
      rawPath: path,
      rawQueryString: url.search.slice(1),
      ...(cookies !== undefined && { cookies }),
      headers: joinedHeaders(request),
      ...(url.search !== '' && { queryStringParameters: Object.fromEntries(url.searchParams) }),
      requestContext: {
        accountId: 'anonymous',
        apiId: urlId,
        domainName: url.host,
        domainPrefix: urlId,
        http: {
          method: request.method ?? 'GET',
          path,
          protocol: `HTTP/${request.httpVersion}`,
          sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
          userAgent: headerOf(request, 'user-agent') ?? '',
        },
        requestId: randomUUID(),
        routeKey: '$default',
        stage: '$default',
        time: new Date(time).toUTCString(),
        timeEpoch: time,
      },
      ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
      isBase64Encoded: !isText,
    };
    return event;
  };

  return {
    mount: (urlId, handler) => {
      handlers.set(urlId, handler);
      return `${options.endpoint()}/lambda-url/${urlId}/`;
    },
    serve: async (request, response, url) => {
      const [, urlId, path = '/'] = PATH.exec(url.pathname) ?? [];
      if (urlId === undefined) return false;
      const handler = handlers.get(urlId);
      if (handler === undefined) {
        respond(response, { statusCode: 404, body: JSON.stringify({ Message: null }) });
        return true;
      }
      try {
        respond(response, await handler(toEvent(request, url, urlId, path, await readBody(request))));
      } catch (error) {
        options.log(`function url ${urlId}: ${error instanceof Error ? error.message : String(error)}`);
        respond(response, { statusCode: 502, body: JSON.stringify({ Message: 'Internal Server Error' }) });
      }
      return true;
    },
  };
};

export type { FunctionUrlServer, FunctionUrls, LambdaFunctionUrlEvent, LambdaFunctionUrlResult };
export { createFunctionUrls };
