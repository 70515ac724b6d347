import { type Message, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { baseUrlVariable } from '../../../lib/providers/base-url-variable.ts';
import { queueUrl } from '../../../local/arns.ts';
import { type Cloud, startCloud } from '../../../local/cloud.ts';
import { type Simulators, startSimulators } from '../../../local/providers/simulators.ts';
import type { Template } from '../../../local/template/template.ts';
import { createOperator, type Operator } from './operator.ts';
import { type CloudKind, SCHEDULE_SPEED } from './scenario-cloud.ts';
import { impair } from './scenario-impair.ts';
import { enrolNode, type ScriptedNode } from './scenario-node.ts';
import { waitFor } from './wait-for.ts';

const MINUTE_SECONDS = 60;

/** A cloud with what checks need of it. */
interface Stage {
  readonly cloud: Cloud;
  readonly operator: Operator;
  /** The providers beside the cloud. Nobody is logged in to them, and what is rented there is nothing but a record. */
  readonly simulators: Simulators;
  /** A node of this stage, enrolled at the first call. */
  node(): Promise<ScriptedNode>;
  /** Waits for what the wiring promises. @throws Error naming `what` */
  until<T>(condition: () => T | Promise<T>, what: string): Promise<Exclude<T, undefined | false>>;
  /** The same for what a schedule starts by itself each minute. */
  untilScheduled<T>(condition: () => T | Promise<T>, what: string): Promise<Exclude<T, undefined | false>>;
  /** Up to ten messages of the queue `name` at once, with all attributes. */
  receive(name: string, options: { visibilitySeconds: number }): Promise<Message[]>;
  /** Puts a message into the queue `name`. */
  send(name: string, body: string): Promise<void>;
  close(): Promise<void>;
}

interface StageOptions {
  readonly kind: CloudKind;
  readonly assemblyFolder: string;
  readonly template: Template;
  readonly patienceSeconds: number;
}

const openStage = async ({
  kind,
  assemblyFolder,
  template,
  patienceSeconds,
}: StageOptions): Promise<Stage> => {
  // A check should not wait for a turn; that adapters keep to the limits is held elsewhere.
  const simulators = await startSimulators({ bootMs: 0, rateLimits: false });
  const cloud = await startCloud({
    assemblyFolder,
    template: impair(template, kind),
    eventSources: kind === 'running' || kind === 'mute',
    schedules: kind === 'scheduled',
    scheduleSpeed: kind === 'scheduled' ? SCHEDULE_SPEED : 1,
    functionEnvironment: Object.fromEntries(
      simulators.all.map(({ provider, baseUrl }) => [baseUrlVariable(provider), baseUrl]),
    ),
  }).catch(async (error: unknown) => {
    await simulators.stop();
    throw error;
  });
  const operator = createOperator(cloud);
  let enrolled: Promise<ScriptedNode> | undefined;
  return {
    cloud,
    operator,
    simulators,
    node: () => {
      enrolled ??= enrolNode(cloud);
      return enrolled;
    },
    until: (condition, what) => waitFor(condition, patienceSeconds, what),
    untilScheduled: (condition, what) =>
      waitFor(condition, MINUTE_SECONDS / SCHEDULE_SPEED + patienceSeconds, what),
    receive: async (name, { visibilitySeconds }) => {
      const answer = await operator.clients.sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl(name),
          MaxNumberOfMessages: 10,
          VisibilityTimeout: visibilitySeconds,
          WaitTimeSeconds: 0,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['All'],
        }),
      );
      return answer.Messages ?? [];
    },
    send: async (name, body) => {
      await operator.clients.sqs.send(
        new SendMessageCommand({ QueueUrl: queueUrl(name), MessageBody: body }),
      );
    },
    close: async () => {
      for (const client of Object.values(operator.clients)) client.destroy();
      const node = await enrolled?.catch(() => undefined);
      node?.close();
      await cloud.stop();
      await simulators.stop();
    },
  };
};

export type { Stage };
export { openStage };
