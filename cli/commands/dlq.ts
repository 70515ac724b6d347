import type { Command } from 'commander';
import * as z from 'zod';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import { type DeadLetter, putBack, receiveDeadLetters } from '../dead-letter-messages.ts';
import { findDeadLetterQueue, queueUrl, readDeadLetterDepths } from '../dead-letters.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { formatTimestamp } from '../output/timestamp.ts';
import { wholeNumberSchema } from '../whole-number.ts';
import { redrive, redriveInputSchema } from './dlq-redrive.ts';

const list = async (_: object, session: Session): Promise<ExitCode> => {
  const { clients, stage } = await session.connect();
  const { screen } = session;
  const queues = await readDeadLetterDepths(clients.sqs, stage);
  screen.show({ queues }, () =>
    screen.table(
      ['QUEUE', 'MESSAGES', 'IN FLIGHT', 'WHAT LANDS THERE'],
      queues.map(({ queue, depth, inFlight, holds, reason }) => [
        queue,
        depth === 'unknown' ? screen.warn('unknown') : depth === 0 ? '0' : screen.bad(String(depth)),
        inFlight === undefined ? '' : String(inFlight),
        reason ?? holds,
      ]),
    ),
  );
  return queues.some(({ depth }) => depth === 'unknown') ? EXIT.failed : EXIT.ok;
};

const showSchema = z.object({
  queue: z.string(),
  limit: wholeNumberSchema(1, 1000),
});

const describeLetter = ({ messageId, sentAt, reason, attributes, body, receiveCount }: DeadLetter) => ({
  messageId,
  sentAt,
  receiveCount,
  reason,
  refusedBy: attributes['refusedBy'],
  refusedAt: attributes['refusedAt'],
  attributes,
  body,
});

const show = async (input: z.infer<typeof showSchema>, session: Session): Promise<void> => {
  const { clients, stage } = await session.connect();
  const { screen } = session;
  const queue = findDeadLetterQueue(stage, input.queue);
  const url = await queueUrl(clients.sqs, queue.queueName);
  const letters: DeadLetter[] = [];
  try {
    for await (const letter of receiveDeadLetters(clients.sqs, url, input.limit)) letters.push(letter);
  } finally {
    await putBack(clients.sqs, url, letters);
  }
  screen.show({ queue: queue.name, queueName: queue.queueName, messages: letters.map(describeLetter) }, () =>
    letters.length === 0
      ? `${queue.queueName} shows no message.`
      : letters
          .map((letter) =>
            [
              `${screen.strong(letter.messageId)}  ${screen.faint(letter.sentAt === undefined ? 'time unknown' : formatTimestamp(letter.sentAt))}`,
              `  reason  ${letter.reason}${letter.attributes['refusedBy'] ? ` (${letter.attributes['refusedBy']})` : ''}`,
              `  body    ${letter.body.length > 2000 ? `${letter.body.slice(0, 2000)}… (${letter.body.length} characters; --json shows all)` : letter.body}`,
            ].join('\n'),
          )
          .join('\n'),
  );
};

const addDeadLetterCommands = (program: Command, host: CommandHost): void => {
  const group = program
    .command('dlq')
    .description('Messages that nobody could use, with the reason: look, mend, send again');
  defineCommand(group, host, {
    usage: 'list',
    description: 'All dead-letter queues of the stage and how many messages they hold',
    input: z.object({}),
    examples: ['drover dlq list', 'drover dlq list --json'],
    run: list,
  });
  defineCommand(group, host, {
    usage: 'show <queue>',
    description: 'The messages of one queue with their reasons; they stay where they are',
    options: [{ flags: '--limit <count>', description: 'at most so many', default: '20' }],
    input: showSchema,
    examples: ['drover dlq show ingest', 'drover dlq show distribution --limit 5 --json'],
    run: show,
  });
  defineCommand(group, host, {
    usage: 'redrive <queue>',
    description: 'Send messages back to the queue they came from, one by one',
    options: [
      { flags: '--message <id>', description: 'only this message' },
      { flags: '--body <text or @file>', description: 'send this body instead (with --message)' },
      { flags: '--limit <count>', description: 'at most so many', default: '1000' },
    ],
    input: redriveInputSchema,
    examples: [
      'drover dlq redrive distribution',
      'drover dlq redrive ingest --message 3f1c… --body @corrected.json',
    ],
    run: redrive,
  });
};

export { addDeadLetterCommands };
