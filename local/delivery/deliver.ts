import { QueueDoesNotExist, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { queueUrl, resourceOfArn, serviceOfArn } from '../arns.ts';
import type { LogsEmulator } from '../emulators/logs.ts';
import type { AsyncInvoker } from '../lambda/async-invoke.ts';
import { serviceMayInvoke } from '../policies/may-invoke.ts';
import { serviceMay } from '../policies/service-may.ts';
import { findFunction, type Wiring } from '../resources/wiring.ts';
import { DeliveryError } from './delivery-error.ts';

const EVENTS = 'events.amazonaws.com';

interface DeliveryPorts {
  readonly wiring: Wiring;
  readonly sqs: SQSClient;
  readonly logs: Pick<LogsEmulator, 'append'>;
  /** The asynchronous entrance of a function, by its ARN. */
  readonly invokerOf: (functionArn: string) => AsyncInvoker | undefined;
}

/**
 * Brings the event of the rule `ruleArn` to one target, as EventBridge does; the target's own policy must let it.
 * @throws DeliveryError when the target is missing or forbidden.
 */
type Deliver = (ruleArn: string, targetArn: string, event: unknown) => Promise<void>;

const toQueue = async (ports: DeliveryPorts, ruleArn: string, arn: string, event: unknown): Promise<void> => {
  const policy = ports.wiring.queuePolicies.get(arn);
  const request = { service: EVENTS, action: 'sqs:SendMessage', resource: arn, sourceArn: ruleArn };
  if (!serviceMay(policy === undefined ? [] : [policy], request)) {
    throw new DeliveryError('NO_PERMISSIONS', `the policy of ${arn} does not let ${ruleArn} send messages`);
  }
  try {
    await ports.sqs.send(
      new SendMessageCommand({ QueueUrl: queueUrl(resourceOfArn(arn)), MessageBody: JSON.stringify(event) }),
    );
  } catch (error) {
    if (!(error instanceof QueueDoesNotExist)) throw error;
    throw new DeliveryError('RESOURCE_NOT_FOUND', `there is no queue ${arn}`, { cause: error });
  }
};

const toFunction = async (
  ports: DeliveryPorts,
  ruleArn: string,
  arn: string,
  event: unknown,
): Promise<void> => {
  const definition = findFunction(ports.wiring, arn);
  const invoker = ports.invokerOf(arn);
  if (definition === undefined || invoker === undefined) {
    throw new DeliveryError('RESOURCE_NOT_FOUND', `there is no function ${arn}`);
  }
  if (!serviceMayInvoke(ports.wiring, definition, EVENTS, ruleArn)) {
    throw new DeliveryError('NO_PERMISSIONS', `no permission lets ${ruleArn} invoke ${arn}`);
  }
  await invoker.invoke(event);
};

/** EventBridge names log groups with or without the `:*` that CloudFormation adds. */
const toLogGroup = async (
  ports: DeliveryPorts,
  ruleArn: string,
  arn: string,
  event: unknown,
): Promise<void> => {
  const resource = `${arn.replace(/:\*$/, '')}:log-stream:local`;
  const allowed = ['logs:CreateLogStream', 'logs:PutLogEvents'].every((action) =>
    serviceMay(ports.wiring.logPolicies, { service: EVENTS, action, resource, sourceArn: ruleArn }),
  );
  if (!allowed) {
    throw new DeliveryError(
      'NO_PERMISSIONS',
      `no resource policy of CloudWatch Logs lets ${ruleArn} write to ${arn}`,
    );
  }
  const group = resourceOfArn(arn)
    .replace(/^log-group:/, '')
    .replace(/:\*$/, '');
  try {
    ports.logs.append(group, 'events', Date.now(), JSON.stringify(event));
  } catch (error) {
    throw new DeliveryError('RESOURCE_NOT_FOUND', `there is no log group ${group}`, { cause: error });
  }
};

const createDeliver =
  (ports: DeliveryPorts): Deliver =>
  async (ruleArn, targetArn, event) => {
    const service = serviceOfArn(targetArn);
    if (service === 'sqs') await toQueue(ports, ruleArn, targetArn, event);
    else if (service === 'lambda') await toFunction(ports, ruleArn, targetArn, event);
    else if (service === 'logs') await toLogGroup(ports, ruleArn, targetArn, event);
    else throw new DeliveryError('RESOURCE_NOT_FOUND', `the embedded cloud cannot deliver to ${targetArn}`);
  };

export type { Deliver };
export { createDeliver, EVENTS };
