import type { Node } from 'constructs';
import * as z from 'zod';
import { ConfigurationError } from './stage.ts';

/** Who is told of alarms; nobody when both are absent. */
interface AlarmSubscribers {
  readonly email?: string;
  readonly webhook?: string;
}

const emailSchema = z.email();
const webhookSchema = z.url({ protocol: /^https$/ });

const read = (node: Node, name: string, schema: z.ZodType<string>, example: string): string | undefined => {
  const value: unknown = node.tryGetContext(name);
  if (value === undefined) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ConfigurationError(
    `${name} ${JSON.stringify(value)} cannot be told of alarms: write for example -c ${name}=${example}`,
  );
};

/**
 * The context `alarmEmail` and `alarmWebhook`.
 * @throws ConfigurationError when one is there and SNS would refuse it
 */
const readAlarmSubscribers = (node: Node): AlarmSubscribers => {
  const email = read(node, 'alarmEmail', emailSchema, 'fleet@example.org');
  const webhook = read(node, 'alarmWebhook', webhookSchema, 'https://example.org/hooks/drover');
  return {
    ...(email === undefined ? {} : { email }),
    ...(webhook === undefined ? {} : { webhook }),
  };
};

export type { AlarmSubscribers };
export { readAlarmSubscribers };
