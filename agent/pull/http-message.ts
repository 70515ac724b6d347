/** A signed GET, as the SDK would send it. */
interface SignedRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: number | undefined;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Head {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
}

const parseHead = (text: string): Head => {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const status = Number(/^HTTP\/1\.[01] ([0-9]{3})/.exec(statusLine)?.[1]);
  if (!Number.isInteger(status))
    throw new Error(`the answer does not begin as HTTP/1: ${statusLine.slice(0, 100)}`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const cut = line.indexOf(':');
    if (cut > 0) headers.set(line.slice(0, cut).toLowerCase(), line.slice(cut + 1).trim());
  }
  return { status, headers };
};

const requestText = ({ path, headers }: SignedRequest): string => {
  const lines = Object.entries({ ...headers, connection: 'close' }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
};

const textIn = (body: string, tag: string): string | undefined =>
  new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(body)?.[1];

export type { Head, SignedRequest };
export { parseHead, requestText, textIn };
