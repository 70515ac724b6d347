/** What the header of a NumPy array file says. */
interface NpyHeader {
  readonly shape: readonly number[];
  /** Bytes of one element; undefined for objects and records, whose size the header does not say plainly. */
  readonly itemBytes: number | undefined;
  /** Bytes before the data. */
  readonly headerBytes: number;
}

/** No header that NumPy writes comes near; a larger one is damage. */
const MAX_HEADER_BYTES = 64 * 1024;
const MAGIC = Buffer.from('\x93NUMPY', 'latin1');

/** How many bytes the whole header has, from the first 12 bytes of the file; a string says what is wrong. */
const npyHeaderBytes = (start: Buffer): number | string => {
  if (start.length < 12 || !start.subarray(0, 6).equals(MAGIC)) return 'it does not begin as a NumPy array';
  const major = start.readUInt8(6);
  if (major < 1 || major > 3) return `it has the unknown format version ${major}`;
  const bytes = major === 1 ? 10 + start.readUInt16LE(8) : 12 + start.readUInt32LE(8);
  return bytes > MAX_HEADER_BYTES ? `its header claims ${bytes} bytes` : bytes;
};

/** Parses a complete header; a string says what is wrong. */
const parseNpyHeader = (header: Buffer): NpyHeader | string => {
  const major = header.readUInt8(6);
  const text = header.toString(major === 3 ? 'utf8' : 'latin1', major === 1 ? 10 : 12);
  const shapeText = /'shape'\s*:\s*\(([0-9,\sL]*)\)/.exec(text)?.[1];
  if (shapeText === undefined || !/'descr'\s*:/.test(text) || !/'fortran_order'\s*:/.test(text)) {
    return 'its header lacks descr, fortran_order or shape';
  }
  const shape = shapeText
    .split(',')
    .map((part) => part.trim().replace(/L$/, ''))
    .filter((part) => part !== '')
    .map(Number);
  if (!shape.every((length) => Number.isSafeInteger(length) && length >= 0))
    return 'its shape is not readable';
  const type = /'descr'\s*:\s*'[<>|=]?([a-zA-Z])([0-9]*)'/.exec(text);
  return { shape, itemBytes: itemBytesOf(type?.[1], type?.[2]), headerBytes: header.length };
};

const itemBytesOf = (letter: string | undefined, size: string | undefined): number | undefined => {
  if (letter === undefined || letter === 'O' || size === undefined || size === '') return undefined;
  // A character of NumPy's text type has four bytes; the number counts characters.
  return letter === 'U' ? Number(size) * 4 : Number(size);
};

export type { NpyHeader };
export { npyHeaderBytes, parseNpyHeader };
