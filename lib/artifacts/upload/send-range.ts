import { type ByteRange, readRange } from './local-file.ts';
import type { UploadTarget } from './upload-target.ts';

/**
 * Sends a piece of the file by `send`, counting its bytes as they are read; a try that failed counts nothing. An
 * error while reading ends the request too: the SDK only pipes the stream and would wait for ever.
 */
const sendRange = async <Answer>(
  path: string,
  range: ByteRange,
  { onBytes, signal, pace }: Pick<UploadTarget, 'onBytes' | 'signal' | 'pace'>,
  send: (body: ReturnType<typeof readRange>, abortSignal: AbortSignal) => Promise<Answer>,
): Promise<Answer> => {
  let counted = 0;
  const count = (bytes: number): void => {
    counted += bytes;
    onBytes(bytes);
  };
  const body = readRange(path, range, count, pace);
  const reading = new AbortController();
  body.on('error', (error) => reading.abort(error));
  try {
    return await send(body, AbortSignal.any([signal, reading.signal]));
  } catch (error) {
    onBytes(-counted);
    throw reading.signal.aborted ? reading.signal.reason : error;
  } finally {
    body.destroy();
  }
};

export { sendRange };
