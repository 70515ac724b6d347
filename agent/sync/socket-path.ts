import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { PRIVATE_FOLDER } from '../disk/data-folder.ts';

interface SocketPlace {
  readonly path: string;
  /** The folder that only this user may enter. */
  readonly folder: string;
}

/** What the smallest of our systems (macOS) takes, without the zero byte at the end. */
const MAX_SOCKET_PATH = 103;
const SOCKET_NAME = 'put.sock';

/**
 * Where the agent of this data folder listens for puts: in the folder itself, or, where that path is too long for a socket, in a
 * folder under /tmp whose name follows from it. Both sides work it out, so nothing has to say it.
 * @param root the data root, a real path
 * @param uid of the user whose agent it is
 */
const socketPlace = (root: string, uid: number): SocketPlace => {
  const folder = join(root, PRIVATE_FOLDER);
  const path = join(folder, SOCKET_NAME);
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH) return { path, folder };
  const short = join('/tmp', `drover-${uid}-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`);
  return { path: join(short, SOCKET_NAME), folder: short };
};

export type { SocketPlace };
export { MAX_SOCKET_PATH, socketPlace };
