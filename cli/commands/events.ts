import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Command } from 'commander';
import * as z from 'zod';
import { eventsLogGroupName } from '../../lib/constants.ts';
import { PermanentError } from '../../lib/errors.ts';
import { catalogue, isEventName } from '../../lib/events/catalogue.ts';
import { tailEvents } from '../../lib/events/read-events-log.ts';
import { addSeconds, toTimestamp } from '../../lib/time.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import { durationSchema, formatSeconds } from '../duration.ts';
import { readEventFields, validateEvent } from '../event-fields.ts';
import { UsageError } from '../exit.ts';

const putSchema = z.object({
  name: z.string().min(1),
  fields: z.array(z.string()),
  data: z.string().optional(),
  source: z
    .string()
    .min(1)
    .regex(/^(?!drover|aws\.)/, 'sources that start with drover or aws. are not for events from outside'),
  eventId: z.string().min(1).max(128).optional(),
  validate: z.boolean(),
});

/** Sends an event as the user's own pipeline does: from outside, through `route-events`. */
const put = async (input: z.infer<typeof putSchema>, session: Session): Promise<void> => {
  const { io, screen } = session;
  const detail = {
    schemaVersion: 1,
    eventId: input.eventId ?? io.ids.uuid(),
    occurredAt: toTimestamp(io.clock.now()),
    ...readEventFields(input.name, input.fields, input.data),
  };
  if (input.validate) validateEvent(input.name, detail);
  const { clients, installation, audit } = await session.connect();
  const { Entries: [entry] = [] } = await clients.events.send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: installation.profile.eventBusName,
          Source: input.source,
          DetailType: input.name,
          Detail: JSON.stringify(detail),
        },
      ],
    }),
  );
  if (!entry?.EventId)
    throw new PermanentError(
      `the bus refused the event: ${entry?.ErrorCode ?? 'no reason'} ${entry?.ErrorMessage ?? ''}`.trim(),
    );
  await audit({
    subject: `event:${detail.eventId}`,
    action: 'put-event',
    reason: `${input.name} sent by an operator`,
    evidence: { name: input.name, source: input.source, detail },
  });
  screen.show(
    { name: input.name, source: input.source, detail },
    () => `Sent ${input.name} ${detail.eventId}. Watch it: drover events tail --since 5m`,
  );
};

const tailSchema = z.object({
  since: durationSchema,
  follow: z.boolean().default(false),
  name: z.array(z.string()).optional(),
  outside: z.boolean().default(false),
});

/** What people read of an event: its fields. The envelope is the same in all; --json has it. */
const describeFields = ({
  eventId: _,
  schemaVersion: __,
  occurredAt: ___,
  ...fields
}: Record<string, unknown>): string => JSON.stringify(fields);

/** With --outside any name can come, also one that is in no catalogue. */
const refuseUnknownNames = ({ name = [], outside }: z.infer<typeof tailSchema>): void => {
  const unknown = name.filter((each) => !isEventName(each));
  if (unknown.length > 0 && !outside)
    throw new UsageError(
      `there is no event "${unknown.join('", "')}": the catalogue has ${Object.keys(catalogue).join(', ')} (--outside shows events with any name)`,
    );
};

const tail = async (input: z.infer<typeof tailSchema>, session: Session): Promise<void> => {
  refuseUnknownNames(input);
  const { clients, stage } = await session.connect();
  const { io, screen } = session;
  let shown = 0;
  const events = tailEvents({
    client: clients.logs,
    group: eventsLogGroupName(stage),
    since: addSeconds(io.clock.now(), -input.since),
    ...(input.name && { names: input.name }),
    follow: input.follow,
    sources: input.outside ? 'all' : 'canonical',
    signal: io.signal,
    onUnreadable: (line) => screen.note(`a line of the log is no event: ${line.slice(0, 200)}`),
  });
  for await (const event of events) {
    shown += 1;
    screen.showLine(
      event,
      () => `${screen.faint(event.time)}  ${screen.strong(event.name)}  ${describeFields(event.detail)}`,
    );
  }
  if (shown === 0 && !input.follow)
    screen.note(`No such event in the last ${formatSeconds(input.since)}: --since looks further back.`);
};

const addEventCommands = (program: Command, host: CommandHost): void => {
  const group = program.command('events').description('Send events and read what happened');
  defineCommand(group, host, {
    usage: 'put <name> [fields...]',
    description: 'Send an event as a pipeline would: fields as key=value, or all as --data',
    options: [
      { flags: '--data <json>', description: 'the fields as one JSON object' },
      { flags: '--source <source>', description: 'who sends it', default: 'operator.cli' },
      { flags: '--event-id <id>', description: 'a repeat of the same id has no further effect' },
      { flags: '--no-validate', description: 'send it even if it does not fit the catalogue' },
    ],
    input: putSchema,
    examples: [
      'drover events put ModelPromoted name=hex8_2p version=12',
      `drover events put DatasetPublished --data '{"name":"hex8_2p","version":"2026-11-23"}' --source pipeline.export`,
    ],
    run: put,
  });
  defineCommand(group, host, {
    usage: 'tail',
    description: 'Events of the whole installation, oldest first; with --json one document per line',
    options: [
      { flags: '--since <duration>', description: 'how far back (90s, 30m, 2h, 7d)', default: '10m' },
      { flags: '--follow', description: 'go on until Ctrl-C' },
      { flags: '--name <event>', description: 'only these (may be repeated)', repeatable: true },
      {
        flags: '--outside',
        description: 'also events from outside, as they came and before they were checked',
      },
    ],
    input: tailSchema,
    examples: [
      'drover events tail --since 1h',
      'drover events tail --follow --name DistributionCompleted --json',
    ],
    run: tail,
  });
};

export { addEventCommands };
