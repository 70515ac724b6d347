import { AwsError } from '../aws-error.ts';

const CRLF = Buffer.from('\r\n');

const incomplete = (): AwsError =>
  new AwsError(
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header',
  );

const malformed = (what: string): AwsError =>
  new AwsError('InvalidRequest', `the aws-chunked body is malformed: ${what}`);

const MAX_LINE_BYTES = 16 * 1024;

/**
 * The bytes inside an aws-chunked body (`STREAMING-…` payloads); trailing headers go to `trailers`, in lower case.
 * Chunk signatures are skipped.
 * @throws AwsError `IncompleteBody` when the body ends early, `InvalidRequest` when it is not aws-chunked.
 */
async function* decodeAwsChunked(
  source: AsyncIterable<Buffer>,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  /** Bytes of the current chunk still to come; undefined = a size line is next. */
  let wanted: number | undefined;
  let afterData = false;
  let inTrailers = false;
  let ended = false;

  const takeLine = (): string | undefined => {
    const end = rest.indexOf(CRLF);
    if (end === -1) {
      if (rest.length > MAX_LINE_BYTES) throw malformed('a line is too long');
      return undefined;
    }
    const line = rest.toString('latin1', 0, end);
    rest = rest.subarray(end + CRLF.length);
    return line;
  };

  for await (const chunk of source) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (!ended) {
      if (wanted !== undefined) {
        if (rest.length === 0) break;
        const data = rest.subarray(0, wanted);
        rest = rest.subarray(data.length);
        wanted -= data.length;
        if (wanted === 0) {
          wanted = undefined;
          afterData = true;
        }
        yield data;
        continue;
      }
      const line = takeLine();
      if (line === undefined) break;
      if (afterData) {
        if (line !== '') throw malformed('a chunk is longer than it says');
        afterData = false;
      } else if (inTrailers) {
        if (line === '') ended = true;
        const colon = line.indexOf(':');
        if (colon > 0) trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
      } else {
        const size = /^([0-9a-fA-F]{1,12})(;.*)?$/.exec(line)?.[1];
        if (size === undefined) throw malformed('a chunk has no size');
        const bytes = Number.parseInt(size, 16);
        if (bytes === 0) inTrailers = true;
        else wanted = bytes;
      }
    }
  }
  // Some clients leave out the empty line that ends the trailers.
  if (!inTrailers || wanted !== undefined) throw incomplete();
}

export { decodeAwsChunked };
