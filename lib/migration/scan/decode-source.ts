/** Byte-order marks, and the encodings that they stand for. */
const MARKS: readonly (readonly [readonly number[], string])[] = [
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
];

/** What Python looks for in the first two lines of a source. */
const CODING = /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/m;

/** Python's names for what the Encoding Standard calls otherwise. */
const labelOf = (name: string): string => {
  const plain = name.toLowerCase().replaceAll('_', '-');
  if (/^(latin-?1|iso-?8859-?1|l1)$/.test(plain)) return 'latin1';
  return plain === 'utf8' ? 'utf-8' : plain;
};

const encodingOf = (bytes: Uint8Array): string => {
  const marked = MARKS.find(([mark]) => mark.every((byte, index) => bytes[index] === byte));
  if (marked !== undefined) return marked[1];
  const head = Buffer.from(bytes.subarray(0, 400)).toString('latin1').split('\n').slice(0, 2).join('\n');
  return labelOf(CODING.exec(head)?.[1] ?? 'utf-8');
};

/**
 * The text of a source as Python reads it: byte-order mark, coding line, else UTF-8. Bytes that do not fit are no reason to
 * give up: the names of modules are ASCII in all of these.
 */
const decodeSource = (bytes: Uint8Array): string => {
  const encoding = encodingOf(bytes);
  try {
    return new TextDecoder(encoding).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
};

export { decodeSource };
