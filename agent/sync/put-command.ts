import { realpath } from 'node:fs/promises';
import { createConnection } from 'node:net';
import * as z from 'zod';
import { PermanentError } from '../../lib/errors.ts';
import { hasCode } from '../disk/durable-file.ts';
import { describeError } from '../log.ts';
import { answerSchema, type PutAnswer, type PutRequest } from './put-protocol.ts';
import { type Asked, putPrograms } from './read-put-command.ts';
import { socketPlace } from './socket-path.ts';

interface CommandIo {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const EXIT_REFUSED = 1;
const EXIT_USAGE = 2;

const ask = async (path: string, request: PutRequest): Promise<PutAnswer> =>
  await new Promise((resolvePromise, reject) => {
    let text = '';
    const socket = createConnection(path, () => socket.write(`${JSON.stringify(request)}\n`));
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      text += String(chunk);
    });
    socket.on('error', reject);
    socket.on('end', () => {
      if (!text.endsWith('\n'))
        reject(new PermanentError('the agent ended before it answered: nothing is promised, put it again'));
      else resolvePromise(answerSchema.parse(JSON.parse(text)));
    });
  });

/** @throws PermanentError that says what to do */
const askAgent = async ({ data, request }: Asked): Promise<PutAnswer> => {
  try {
    const place = socketPlace(await realpath(data), process.getuid?.() ?? 0);
    return await ask(place.path, request);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ECONNREFUSED'))
      throw new PermanentError(
        `no agent of this user runs on ${data}: start it (drover-agent --data ${data} …), or give its folder with --data`,
        { cause: error },
      );
    if (hasCode(error, 'EACCES', 'EPERM'))
      throw new PermanentError(
        `only the user that runs the agent on ${data} may put: run this as that user`,
        {
          cause: error,
        },
      );
    throw error;
  }
};

const describe = (answer: Exclude<PutAnswer, { outcome: 'refused' }>): string => {
  if (answer.outcome === 'noted') return 'noted\n';
  const { files, bytes, skipped } = answer;
  const left = Object.entries(skipped).flatMap(([why, count]) => (count === 0 ? [] : [`${count} ${why}`]));
  return `taken: ${files} ${files === 1 ? 'file' : 'files'}, ${bytes} bytes${left.length === 0 ? '' : ` (left out: ${left.join(', ')})`}\n`;
};

const oneLine = (error: unknown): string =>
  error instanceof z.ZodError
    ? error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': ')).join('; ')
    : error instanceof Error
      ? error.message
      : describeError(error);

/** `drover-agent put …` and `drover-agent notice …`. Returns the exit code. */
const runPutCommand = async (
  command: keyof typeof putPrograms,
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
  { out, err }: CommandIo,
): Promise<number> => {
  const { usage, read } = putPrograms[command];
  let asked: Asked | undefined;
  try {
    asked = read(argv, environment);
  } catch (error) {
    err(`drover-agent ${command}: ${oneLine(error)}. See drover-agent ${command} --help.\n`);
    return EXIT_USAGE;
  }
  if (asked === undefined) {
    out(usage);
    return 0;
  }
  try {
    const answer = await askAgent(asked);
    if (answer.outcome === 'refused') throw new PermanentError(answer.message);
    out(describe(answer));
    return 0;
  } catch (error) {
    err(`drover-agent ${command}: ${oneLine(error)}\n`);
    return EXIT_REFUSED;
  }
};

export { runPutCommand };
