import * as z from 'zod';
import { regionalArn } from '../arns.ts';
import { defineKind } from './kind.ts';

/** Loose, because nothing here evaluates metrics: an alarm has a name and an ARN, which a dashboard refers to, and no effect. */
const alarmSchema = z.looseObject({ AlarmName: z.string().optional() });

const alarm = defineKind('AWS::CloudWatch::Alarm', alarmSchema, ({ AlarmName }, { fallbackName }) => {
  const name = AlarmName ?? fallbackName;
  return { ref: name, attributes: { Arn: regionalArn('cloudwatch', `alarm:${name}`) } };
});

export { alarm };
