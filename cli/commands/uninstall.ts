import { DeleteQueueCommand, paginateListQueues, type SQSClient } from '@aws-sdk/client-sqs';
import type { Command } from 'commander';
import * as z from 'zod';
import { nodeQueueName } from '../../lib/constants.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import { UsageError } from '../exit.ts';
import { stageSchema } from '../profile.ts';

const inputSchema = z.object({ stage: stageSchema, yes: z.boolean().default(false) });

/** Queues of nodes, made at run time: `drover-<stage>-node-n-…`. Not their shared dead-letter queue, which is the stack's. */
const listNodeQueues = async (sqs: SQSClient, stage: string): Promise<string[]> => {
  const urls: string[] = [];
  const pages = paginateListQueues(
    { client: sqs, pageSize: 1000 },
    { QueueNamePrefix: nodeQueueName(stage, 'n-') },
  );
  for await (const { QueueUrls = [] } of pages) urls.push(...QueueUrls);
  return urls;
};

const uninstall = async (input: z.infer<typeof inputSchema>, session: Session): Promise<void> => {
  const { clients, installation, audit } = await session.connect();
  const { io, screen } = session;
  const urls = await listNodeQueues(clients.sqs, input.stage);
  const destroy = `npx cdk destroy -c stage=${input.stage}`;
  if (!input.yes) {
    const question = `Delete ${urls.length} node queues of stage ${input.stage} (${installation.profile.endpoint ?? installation.profile.region})? Agents that still run lose their commands.`;
    if (!io.interactive) throw new UsageError(`${question} Say --yes: there is no terminal to ask on`);
    if (!(await io.confirm(question))) {
      screen.show({ deletedQueues: [], confirmed: false }, () => 'Nothing was deleted.');
      return;
    }
  }
  for (const url of urls) {
    await clients.sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
    const name = url.slice(url.lastIndexOf('/') + 1);
    await audit({
      subject: `queue:${name}`,
      action: 'delete-node-queue',
      reason: 'uninstall by an operator',
    });
    screen.note(`deleted ${name}`);
  }
  screen.show({ deletedQueues: urls, confirmed: true, next: destroy }, () =>
    [
      `${urls.length} node queues deleted. Tables and the bucket were not touched.`,
      'The rest belongs to the stack; it goes with:',
      `  ${destroy}`,
    ].join('\n'),
  );
};

const addUninstallCommand = (program: Command, host: CommandHost): void =>
  defineCommand(program, host, {
    usage: 'uninstall',
    description:
      'Delete what was made at run time (node queues), and say how to remove the stack (needs --stage)',
    options: [{ flags: '--yes', description: 'do not ask' }],
    input: inputSchema,
    examples: ['drover uninstall --stage prod', 'drover uninstall --stage dev --yes'],
    run: uninstall,
  });

export { addUninstallCommand };
