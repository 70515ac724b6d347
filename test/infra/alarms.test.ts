import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { synthesized } from './support/synthesized.ts';

const alarmSchema = z.looseObject({
  AlarmName: z.string(),
  AlarmDescription: z.string(),
  TreatMissingData: z.string(),
});
const alarms = synthesized('prod')
  .ofType('AWS::CloudWatch::Alarm')
  .map(([, { Properties }]) => alarmSchema.parse(Properties));
const runbook = readFileSync(join(import.meta.dirname, '../../docs/runbook.md'), 'utf8');
const sections = [...runbook.matchAll(/^## (.+)$/gm)].map(([, title = '']) =>
  title.toLowerCase().replaceAll(' ', '-'),
);
const sectionOf = ({ AlarmDescription }: { AlarmDescription: string }) =>
  AlarmDescription.split('docs/runbook.md#')[1];

describe('alarms', () => {
  it('each points to a section of the runbook, and each section has an alarm', () => {
    expect([...new Set(alarms.map(sectionOf))].sort()).toEqual(sections.toSorted());
  });

  it('each says what missing data means', () => {
    expect(alarms.filter(({ TreatMissingData }) => TreatMissingData === '')).toEqual([]);
  });

  it('one watches every dead-letter queue', () => {
    const queues = synthesized('prod')
      .ofType('AWS::SQS::Queue')
      .map(([, { Properties }]) => String(Properties['QueueName']))
      .filter((name) => name.endsWith('-dlq'));
    const names = alarms.map(({ AlarmName }) => AlarmName);
    expect(queues.length).toBeGreaterThan(0);
    expect(queues.filter((name) => !names.includes(`${name}-not-empty`))).toEqual([]);
  });
});
