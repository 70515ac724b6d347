import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { FUNCTIONS, LISTED_PROVIDERS, METRICS, QUEUES, SEVERITIES } from '../../lib/constants.ts';
import { synthesized } from './support/synthesized.ts';
import { textOf } from './support/text-of.ts';

/** CloudWatch refuses longer ones. */
const DESCRIPTION_MAX_CHARACTERS = 1024;

const stack = synthesized('prod');
const topics = new Map(
  SEVERITIES.map((severity) => [
    stack.named('AWS::SNS::Topic', 'TopicName', `drover-prod-alarms-${severity}`)[0],
    severity,
  ]),
);
const severityOf = (actions: { Ref: string }[]) => actions.map(({ Ref }) => topics.get(Ref) ?? Ref);
const actionsSchema = z.array(z.object({ Ref: z.string() })).transform(severityOf);
const alarmSchema = z.looseObject({
  AlarmName: z.string(),
  AlarmDescription: z.unknown().transform(textOf),
  TreatMissingData: z.enum(['breaching', 'notBreaching', 'ignore']),
  AlarmActions: actionsSchema,
  OKActions: actionsSchema,
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.unknown() })),
});
const alarms = stack
  .ofType('AWS::CloudWatch::Alarm')
  .map(([, { Properties }]) => alarmSchema.parse(Properties));
const names = alarms.map(({ AlarmName }) => AlarmName);
const runbook = readFileSync(join(import.meta.dirname, '../../docs/runbook.md'), 'utf8');
const sections = [...runbook.matchAll(/^## (.+)$/gm)].map(([, title = '']) =>
  title.toLowerCase().replaceAll(' ', '-'),
);
const sectionOf = ({ AlarmDescription }: { AlarmDescription: string }) =>
  /^Runbook: docs\/runbook\.md#([a-z-]+)$/m.exec(AlarmDescription)?.[1];

describe('alarms', () => {
  it('each points to a section of the runbook, and each section has an alarm', () => {
    expect([...new Set(alarms.map(sectionOf))].sort()).toEqual(sections.toSorted());
  });

  it.each(alarms)('$AlarmName says what it means, where to look first, and what no data means', (alarm) => {
    const [means, ...lines] = alarm.AlarmDescription.split('\n');

    expect(means).toMatch(/^[A-Za-z].{20,}\.$/);
    expect(lines).toContainEqual(expect.stringMatching(/^First look: .{10,}[.?]$/));
    expect(lines).toContainEqual(
      expect.stringMatching(new RegExp(`^Missing data: ${alarm.TreatMissingData}, because .{20,}$`)),
    );
    expect(lines).toContainEqual(
      expect.stringMatching(/^[A-Z]\w+: https:\/\/console\.aws\.amazon\.com\/.+\?region=ap-southeast-2#/),
    );
    expect(alarm.AlarmDescription.length).toBeLessThanOrEqual(DESCRIPTION_MAX_CHARACTERS);
  });

  it.each(alarms)(
    '[health-and-idle#12-31] $AlarmName tells one topic when it begins and when it ends, and never in between',
    (alarm) => {
      expect(SEVERITIES).toContain(alarm.AlarmActions[0]);
      expect(alarm.AlarmActions).toHaveLength(1);
      expect(alarm.OKActions).toEqual(alarm.AlarmActions);
    },
  );

  it.each(sections)(
    'the section %s says what it means, what to look at first and how to fix it',
    (section) => {
      const text = runbook.split(/^## /m).find((part) => {
        const [title = ''] = part.split('\n');
        return title.toLowerCase().replaceAll(' ', '-') === section;
      });

      for (const heading of ['**Means.**', '**First look.**', '**Fix.**']) expect(text).toContain(heading);
    },
  );

  it('are in the table of the runbook with their severity', () => {
    const rows = [...runbook.matchAll(/^\| \[.+?\]\(#([a-z-]+)\) \| (.+) \| (.+) \|$/gm)];
    const listed = rows.map(([, section, , severities]) => ({ section, severities }));
    const made = sections.map((section) => ({
      section,
      severities: SEVERITIES.filter((severity) =>
        alarms.some((alarm) => sectionOf(alarm) === section && alarm.AlarmActions[0] === severity),
      ).join(', '),
    }));

    expect(listed.toSorted((a, b) => ((a.section ?? '') < (b.section ?? '') ? -1 : 1))).toEqual(
      made.toSorted((a, b) => (a.section < b.section ? -1 : 1)),
    );
  });

  it('watch no metric of ours that nobody knows, and none by node', () => {
    const ours = alarms.filter(({ Namespace }) => Namespace === METRICS.namespace);

    expect(ours.length).toBeGreaterThan(10);
    for (const { MetricName, Dimensions } of ours) {
      expect(Object.values<string>(METRICS)).toContain(MetricName);
      expect(['service', 'provider']).toEqual(expect.arrayContaining(Dimensions.map(({ Name }) => Name)));
    }
  });
});

describe('an alarm', () => {
  it('watches every dead-letter queue: that it is empty, and that nothing in it is about to be deleted', () => {
    const queues = stack
      .ofType('AWS::SQS::Queue')
      .map(([, { Properties }]) => String(Properties['QueueName']))
      .filter((name) => name.endsWith('-dlq'));

    expect(queues.length).toBeGreaterThan(0);
    for (const queue of queues) {
      expect(names).toContain(`${queue}-not-empty`);
      expect(names).toContain(`${queue}-expiring`);
    }
  });

  it.each(Object.values(QUEUES))('watches the age of messages in %s', (queue) => {
    expect(names).toContain(`drover-prod-${queue}-old-messages`);
  });

  it('calls reports old at the age at which health becomes unknown', () => {
    const [, alarm] = stack.named('AWS::CloudWatch::Alarm', 'AlarmName', 'drover-prod-reports-old-messages');

    expect(alarm.Properties).toMatchObject({ Threshold: 60, EvaluationPeriods: 3 });
  });

  it.each(Object.values(FUNCTIONS))('watches the errors of %s', (name) => {
    expect(names).toContain(`drover-prod-${name}-errors`);
  });

  it.each(LISTED_PROVIDERS)('[health-and-idle#12-10] tells that nodes of %s stay idle', (provider) => {
    expect(names).toContain(`drover-prod-idle-for-long-${provider}`);
  });

  it.each(LISTED_PROVIDERS)(
    '[health-and-idle#13-6] tells that the price of instances of %s is not known, which keeps them for ever',
    (provider) => {
      expect(names).toContain(`drover-prod-unpriced-${provider}`);
    },
  );

  it('tells of a termination as soon as it has taken ten minutes', () => {
    const [, alarm] = stack.named(
      'AWS::CloudWatch::Alarm',
      'AlarmName',
      'drover-prod-stuck-terminations-vast',
    );

    // The metric counts from then on.
    expect(alarm.Properties).toMatchObject({ Threshold: 0, EvaluationPeriods: 1, Statistic: 'Maximum' });
  });

  it('watches every schedule: without data it breaches, because a schedule that stands still makes no error', () => {
    const schedules = stack
      .ofType('AWS::Events::Rule')
      .filter(([, { Properties }]) => Properties['ScheduleExpression'] !== undefined)
      .map(([, { Properties }]) => String(Properties['Name']));

    expect(schedules.length).toBeGreaterThan(0);
    for (const schedule of schedules) {
      const alarm = alarms.find(({ AlarmName }) => AlarmName === `${schedule}-not-running`);
      expect(alarm, `${schedule}: make it with EveryMinute, which alarms`).toMatchObject({
        TreatMissingData: 'breaching',
        AlarmActions: ['critical'],
      });
    }
  });
});
