import { LOG_TAIL_BYTES } from '../../lib/work/work-report.ts';
import { openPlainFile } from './open-plain-file.ts';

/** Characters that a report would have to write as six: those of no text, besides tabs and ends of lines. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffd]/g;

/** The end of what a job printed, as text of at most 64 KB, from whole lines where that leaves something. '' without a log. */
const readLogTail = async (path: string): Promise<string> => {
  const handle = await openPlainFile(path);
  if (handle === undefined) return '';
  try {
    const { size } = await handle.stat();
    const bytes = Math.min(size, LOG_TAIL_BYTES);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, size - bytes);
    const text = buffer.subarray(0, bytesRead).toString('utf8').replaceAll(UNPRINTABLE, '?');
    if (bytes === size) return text;
    const firstLine = text.indexOf('\n') + 1;
    return firstLine > 0 && firstLine < text.length ? text.slice(firstLine) : text;
  } finally {
    await handle.close();
  }
};

export { readLogTail };
