import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestContext } from './authorizer.ts';
import type { Caller } from './principals.ts';

/** One request to a service, after its caller is known. */
interface ServiceCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly caller: Caller;
  /** @throws AwsError `AccessDenied` */
  authorize(action: string, resourceArn: string, context?: RequestContext): Promise<void>;
}

interface Service {
  /** Answers the request; an AwsError that it throws is written by `refuse`. */
  serve(call: ServiceCall): Promise<void>;
  /** Writes an error in the service's own wire shape. */
  refuse(response: ServerResponse, error: { code: string; message: string; status: number }): void;
}

export type { Service, ServiceCall };
