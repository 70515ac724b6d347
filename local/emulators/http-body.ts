import type { IncomingMessage } from 'node:http';
import { AwsError } from './aws-error.ts';

/** No request of a JSON or query service is larger (DynamoDB's limit is 16 MiB). */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/**
 * The whole body of a small request. Object bytes never come this way.
 * @throws AwsError `RequestEntityTooLarge` beyond 16 MiB.
 */
const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const buffer: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    bytes += buffer.length;
    if (bytes > MAX_BODY_BYTES) {
      throw new AwsError('RequestEntityTooLarge', `the body is larger than ${MAX_BODY_BYTES} bytes`, 413);
    }
    chunks.push(buffer);
  }
  return Buffer.concat(chunks);
};

/** One value of a header: the first when it came several times. */
const headerOf = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

export { headerOf, readBody };
