import type { Command } from 'commander';
import * as z from 'zod';
import { auditActions } from '../../lib/audit/audit-actions.ts';
import type { AuditRow } from '../../lib/audit/audit-row.ts';
import { nodeIdSchema } from '../../lib/ids.ts';
import { addSeconds } from '../../lib/time.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import { durationSchema } from '../duration.ts';
import { UsageError } from '../exit.ts';
import { wholeNumberSchema } from '../whole-number.ts';

const MAX_ROWS = 1000;

const inputSchema = z.object({
  node: nodeIdSchema.optional(),
  subject: z
    .string()
    .regex(/^[a-z]+:./, 'a subject is a kind and an id: node:n-…, hold:h-…, budget:fleet')
    .optional(),
  action: z.enum(auditActions).optional(),
  since: durationSchema.optional(),
  limit: wholeNumberSchema(1, MAX_ROWS),
});

const shown = (value: unknown): string =>
  value === undefined ? '-' : typeof value === 'string' ? value : JSON.stringify(value);

/** `lifecycle active → lost`, for each field that changed. */
const describeChange = ({ before = {}, after = {} }: Pick<AuditRow, 'before' | 'after'>): string =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((field) => shown(before[field]) !== shown(after[field]))
    .map((field) => `${field} ${shown(before[field])} → ${shown(after[field])}`)
    .join(', ');

/** An ARN's last part, which names who it is: the rest is in `--json`. */
const shortActor = (actor: string): string => actor.split(':').at(-1) ?? actor;

const audit = async (input: z.infer<typeof inputSchema>, session: Session): Promise<void> => {
  const { node, action, since, limit } = input;
  if (node !== undefined && input.subject !== undefined)
    throw new UsageError('--node is short for --subject node:<nodeId>: give one of the two');
  const subject = node === undefined ? input.subject : `node:${node}`;
  const { stores } = await session.connect();
  const { io, screen } = session;
  const { rows, isCutOff } = await stores.audit.list({
    ...(subject === undefined ? {} : { subject }),
    ...(action === undefined ? {} : { action }),
    ...(since === undefined ? {} : { since: addSeconds(io.clock.now(), -since) }),
    limit,
  });
  screen.show({ rows, isCutOff }, () =>
    rows.length === 0
      ? 'No audit row matches.'
      : screen.table(
          ['AT', 'ACTION', 'SUBJECT', 'BY', 'WHY', 'CHANGED'],
          rows.map((row) => [
            row.at,
            row.action,
            row.subject,
            shortActor(row.actor),
            row.reason,
            describeChange(row),
          ]),
        ),
  );
  if (isCutOff)
    screen.note(
      `There are older rows: these are the newest ${limit}. --limit shows up to ${MAX_ROWS}, --since cuts by time.`,
    );
};

const addAuditCommand = (program: Command, host: CommandHost): void =>
  defineCommand(program, host, {
    usage: 'audit',
    description: 'Who changed what, when and why, newest first',
    options: [
      { flags: '--node <nodeId>', description: 'only about this node' },
      {
        flags: '--subject <subject>',
        description: 'only about this: hold:h-…, artifact:<id>, provider:vast, …',
      },
      { flags: '--action <action>', description: 'only this action, e.g. end-node' },
      { flags: '--since <duration>', description: 'how far back (90s, 30m, 2h, 7d)' },
      { flags: '--limit <count>', description: 'at most so many', default: '50' },
    ],
    input: inputSchema,
    examples: ['drover audit --node n-0123456789ab --since 1d', 'drover audit --action revoke-node --json'],
    run: audit,
  });

export { addAuditCommand, describeChange };
