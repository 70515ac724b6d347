import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as z from 'zod';
import { DroverError } from '../../lib/errors.ts';
import type { Context, Session } from '../context.ts';
import { type DeadLetter, putBack, receiveDeadLetters } from '../dead-letter-messages.ts';
import { type DeadLetterQueue, findDeadLetterQueue, queueUrl } from '../dead-letters.ts';
import { EXIT, type ExitCode, UsageError } from '../exit.ts';
import { redriveMessage } from '../redrive.ts';
import { wholeNumberSchema } from '../whole-number.ts';

const redriveInputSchema = z.object({
  queue: z.string(),
  message: z.string().min(1).optional(),
  body: z.string().min(1).optional(),
  limit: wholeNumberSchema(1, 10_000),
});
type RedriveInput = z.infer<typeof redriveInputSchema>;

/** `@file` reads the file, everything else is the body itself. */
const readBody = async (value: string, workingFolder: string): Promise<string> => {
  if (!value.startsWith('@')) return value;
  const path = resolve(workingFolder, value.slice(1));
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`--body: cannot read ${path}`, { cause: error });
  }
};

type Outcome =
  | {
      readonly messageId: string;
      readonly outcome: 'redriven';
      readonly sentTo: string;
      readonly newMessageId?: string | undefined;
    }
  | { readonly messageId: string; readonly outcome: 'kept'; readonly why: string };

/**
 * All messages are taken before the first is sent: one that fails again at once comes back as a new message, and
 * must wait for the next redrive.
 */
const takeLetters = async (
  { clients }: Context,
  url: string,
  { message, limit }: RedriveInput,
): Promise<{ chosen: DeadLetter[]; others: DeadLetter[] }> => {
  const chosen: DeadLetter[] = [];
  const others: DeadLetter[] = [];
  const most = message === undefined ? limit : 10_000;
  for await (const letter of receiveDeadLetters(clients.sqs, url, most)) {
    (message === undefined || message === letter.messageId ? chosen : others).push(letter);
    if (message === letter.messageId) break;
  }
  return { chosen, others };
};

const redriveOne = async (
  { clients, stage, audit }: Context,
  queue: DeadLetterQueue,
  url: string,
  letter: DeadLetter,
  body: string | undefined,
): Promise<Outcome> => {
  const { messageId } = letter;
  try {
    const sent = await redriveMessage(clients, stage, queue, url, letter, body);
    await audit({
      subject: `queue:${queue.queueName}`,
      action: 'redrive-message',
      reason: letter.reason,
      evidence: { messageId, ...sent, bodyReplaced: body !== undefined },
    });
    return { messageId, outcome: 'redriven', ...sent };
  } catch (error) {
    if (!(error instanceof DroverError)) throw error;
    return { messageId, outcome: 'kept', why: error.message };
  }
};

const redrive = async (input: RedriveInput, session: Session): Promise<ExitCode> => {
  if (input.body !== undefined && input.message === undefined)
    throw new UsageError('--body replaces one message: say which with --message <id>');
  const body = input.body === undefined ? undefined : await readBody(input.body, session.io.workingFolder);
  const context = await session.connect();
  const { screen } = session;
  const { sqs } = context.clients;
  const queue = findDeadLetterQueue(context.stage, input.queue);
  const url = await queueUrl(sqs, queue.queueName);
  const { chosen, others } = await takeLetters(context, url, input);
  const waiting = new Map([...others, ...chosen].map((letter) => [letter.messageId, letter]));
  const outcomes: Outcome[] = [];
  try {
    for (const letter of chosen) {
      const outcome = await redriveOne(context, queue, url, letter, body);
      outcomes.push(outcome);
      if (outcome.outcome === 'redriven') waiting.delete(letter.messageId);
      screen.note(
        outcome.outcome === 'redriven'
          ? `${outcome.messageId} → ${outcome.sentTo}`
          : `${outcome.messageId} kept: ${outcome.why}`,
      );
    }
  } finally {
    await putBack(sqs, url, [...waiting.values()]);
  }
  const kept = outcomes.filter(({ outcome }) => outcome === 'kept').length;
  const missing = input.message !== undefined && outcomes.length === 0;
  screen.show({ queue: queue.name, redriven: outcomes.length - kept, kept, messages: outcomes }, () =>
    missing
      ? `There is no message ${input.message} in ${queue.queueName} that is visible now.`
      : `${outcomes.length - kept} redriven, ${kept} kept in ${queue.queueName}.`,
  );
  return kept > 0 || missing ? EXIT.failed : EXIT.ok;
};

export { redrive, redriveInputSchema };
