import { chmod, lstat, mkdir, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { PermanentError } from '../../lib/errors.ts';
import { hasCode } from '../disk/durable-file.ts';
import { describeError, type Log } from '../log.ts';
import { MAX_REQUEST_BYTES, type PutAnswer, type PutRequest, requestSchema } from './put-protocol.ts';
import type { SocketPlace } from './socket-path.ts';

type Answer = (request: PutRequest) => Promise<PutAnswer>;

/** Whoever connects says at once what it wants. */
const REQUEST_MS = 10_000;

/**
 * Makes sure that nobody else can listen or connect there.
 * @throws PermanentError when somebody else made the folder first
 */
const makePrivate = async (folder: string): Promise<void> => {
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw error;
  });
  const facts = await lstat(folder);
  if (!facts.isDirectory() || facts.uid !== process.getuid?.() || (facts.mode & 0o022) !== 0)
    throw new PermanentError(`${folder} is not this user's own: remove it and start the agent again`);
};

/** The first line; undefined when the other side ends before it, or sends more than a request can have. */
const readRequest = async (socket: Socket): Promise<string | undefined> =>
  await new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      text += String(chunk);
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
      else if (text.length > MAX_REQUEST_BYTES) resolve(undefined);
    });
    for (const event of ['end', 'close']) socket.on(event, () => resolve(undefined));
    socket.on('error', reject);
  });

const answerLine = async (line: string, answer: Answer): Promise<PutAnswer> => {
  try {
    return await answer(requestSchema.parse(JSON.parse(line)));
  } catch (error) {
    return { outcome: 'refused', message: describeError(error) };
  }
};

const serve = async (socket: Socket, answer: Answer): Promise<void> => {
  socket.setTimeout(REQUEST_MS, () => socket.destroy());
  const line = await readRequest(socket);
  if (line === undefined) return void socket.destroy();
  // A large folder takes as long as the disk needs.
  socket.setTimeout(0);
  socket.end(`${JSON.stringify(await answerLine(line, answer))}\n`);
};

/**
 * Listens for puts of programs on this machine, of the same user. Returns what ends it; open connections are cut.
 * @throws what the system says; PermanentError
 */
const listenForPuts = async (
  { path, folder }: SocketPlace,
  answer: Answer,
  log: Log,
): Promise<() => Promise<void>> => {
  await makePrivate(folder);
  // The lock of the data folder says that no other agent listens here: what lies there was left by a crash.
  await rm(path, { force: true });
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    serve(socket, answer).catch((error: unknown) => {
      log.warn('a program that wanted to put something went away', { error });
      socket.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
  log.info('listening for puts', { path });
  return async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of open) socket.destroy();
    await closed;
  };
};

export type { Answer };
export { listenForPuts };
