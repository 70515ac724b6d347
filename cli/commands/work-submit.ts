import * as z from 'zod';
import { PermanentError } from '../../lib/errors.ts';
import type { JobTemplate } from '../../lib/work/job-template.ts';
import { makeWorkItem } from '../../lib/work/make-work-item.ts';
import type { Parameters } from '../../lib/work/parameter.ts';
import { submitWork } from '../../lib/work/submit-work.ts';
import { campaignIdSchema, type WorkItem, workIdSchema } from '../../lib/work/work-item.ts';
import type { Session } from '../context.ts';
import { wholeNumberSchema } from '../whole-number.ts';

const submitInputSchema = z.object({
  template: z.string(),
  param: z
    .array(z.string().regex(/^[^=]+=/, 'write name=value'))
    .default([])
    .transform((pairs) =>
      pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const),
    ),
  campaign: campaignIdSchema.optional(),
  urgent: z.boolean().default(false),
  dependsOn: z.array(workIdSchema).default([]),
  count: wholeNumberSchema(1, 1000),
});

/** A value as the template has it: what does not look like it stays text, and the check says so. */
const readValue = (template: JobTemplate | undefined, name: string, text: string): Parameters[string] => {
  switch (template?.parameters[name]?.type) {
    case 'integer':
    case 'number':
      return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
    case 'boolean':
      if (text === 'true') return true;
      return text === 'false' ? false : text;
    default:
      return text;
  }
};

/** Random, as 12 hex digits. */
const newWorkId = ({ io }: Session): string => `w-${io.ids.bytes(6).toString('hex')}`;

/** Makes jobs of a template and lets them wait for a node. */
const submit = async (input: z.infer<typeof submitInputSchema>, session: Session): Promise<void> => {
  const { stores, caller, audit } = await session.connect();
  const { io, screen } = session;
  const { work: config } = (await stores.config.current()).config;
  const template = Object.hasOwn(config.templates, input.template)
    ? config.templates[input.template]
    : undefined;
  const parameters: Parameters = {};
  for (const [name, text] of input.param) {
    if (Object.hasOwn(parameters, name)) throw new PermanentError(`--param ${name} is given twice`);
    parameters[name] = readValue(template, name, text);
  }
  const createdBy = (await caller()).arn;
  const request = {
    template: input.template,
    parameters,
    lane: input.urgent ? ('urgent' as const) : ('normal' as const),
    dependsOn: input.dependsOn,
    ...(input.campaign === undefined ? {} : { campaignId: input.campaign }),
  };
  const items: WorkItem[] = Array.from({ length: input.count }, () =>
    makeWorkItem(config, request, { workId: newWorkId(session), createdBy, now: io.clock.now() }),
  );
  await audit({
    subject: `work:${items[0]?.workId ?? ''}`,
    action: 'submit-work',
    reason: 'submitted by an operator',
    evidence: { template: input.template, parameters, count: input.count, lane: request.lane },
  });
  const { created } = await submitWork(stores, items);
  screen.show({ work: created }, () =>
    [
      ...created.map(
        ({ workId, status }) =>
          `${workId} ${status === 'blocked' ? 'waits for other work' : 'waits for a node'}`,
      ),
      `Follow it: drover work show ${created[0]?.workId ?? ''} --watch`,
    ].join('\n'),
  );
};

export { submit, submitInputSchema };
