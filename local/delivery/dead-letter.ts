import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { queueUrl, resourceOfArn } from '../arns.ts';
import { serviceMay } from '../policies/service-may.ts';
import type { Rule, RuleTarget, Wiring } from '../resources/wiring.ts';
import { type Deliver, EVENTS } from './deliver.ts';
import { DeliveryError } from './delivery-error.ts';

interface DeadLetterPorts {
  readonly wiring: Wiring;
  readonly sqs: SQSClient;
  readonly log: (line: string) => void;
}

/** Puts an event that a target did not take into the target's dead-letter queue, with the attributes that AWS adds. */
const deadLetter = async (
  { wiring, sqs, log }: DeadLetterPorts,
  rule: Rule,
  target: RuleTarget,
  event: unknown,
  error: unknown,
): Promise<void> => {
  const code = error instanceof DeliveryError ? error.code : 'SDK_CLIENT_ERROR';
  const message = error instanceof Error ? error.message : String(error);
  log(`rule ${rule.name}: target ${target.id} did not take an event: ${message}`);
  if (target.deadLetterArn === undefined) return;
  const policy = wiring.queuePolicies.get(target.deadLetterArn);
  const request = {
    service: EVENTS,
    action: 'sqs:SendMessage',
    resource: target.deadLetterArn,
    sourceArn: rule.arn,
  };
  if (!serviceMay(policy === undefined ? [] : [policy], request)) {
    log(
      `rule ${rule.name}: the policy of ${target.deadLetterArn} does not let it dead-letter: the event is lost`,
    );
    return;
  }
  const attributes = { RULE_ARN: rule.arn, TARGET_ARN: target.arn, ERROR_CODE: code, ERROR_MESSAGE: message };
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: queueUrl(resourceOfArn(target.deadLetterArn)),
      MessageBody: JSON.stringify(event),
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
      ),
    }),
  );
};

/** Brings a rule's event to one target; what the target does not take goes to its dead-letter queue. */
type DeliverOrDeadLetter = (rule: Rule, target: RuleTarget, event: unknown) => Promise<void>;

const createDeliverOrDeadLetter =
  (deliver: Deliver, ports: DeadLetterPorts): DeliverOrDeadLetter =>
  async (rule, target, event) => {
    try {
      await deliver(rule.arn, target.arn, event);
    } catch (error) {
      await deadLetter(ports, rule, target, event, error);
    }
  };

export type { DeliverOrDeadLetter };
export { createDeliverOrDeadLetter };
