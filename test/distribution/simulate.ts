import type { CommandResult, FailureClass } from '../../lib/commands/command-result.ts';
import { consumedEventSchema } from '../../lib/distribution/consumed-event.ts';
import { dispatchEvent } from '../../lib/distribution/dispatch-event.ts';
import type { DistributionPolicy } from '../../lib/distribution/policy.ts';
import { recordCommandResult } from '../../lib/distribution/record-command-result.ts';
import { sweepDeliveries } from '../../lib/distribution/sweep-deliveries.ts';
import type { Node } from '../../lib/nodes/node.ts';
import { beat, type FileCommand, type Fleet, failed, sentFiles, succeeded } from './fixtures.ts';
import { type Observer, observeCalls } from './observe-calls.ts';

/** What a node does with one command: proof, a failure, or silence. */
type Behaviour = 'proof' | 'silence' | FailureClass;

interface Message {
  readonly what: 'event' | 'report';
  readonly index: number;
  readonly nodeId?: string;
  readonly result?: CommandResult;
}

interface Simulation {
  readonly fleet: Fleet;
  readonly nodes: readonly Node[];
  readonly policy: DistributionPolicy;
  /** What the node does with its `attempt`-th command. */
  readonly behave: (command: FileCommand & { readonly nodeId: string }) => Behaviour;
  /** How often a message is delivered, and which of those waiting comes next: any numbers do. */
  readonly copies: (message: number) => number;
  readonly pick: (waiting: number) => number;
  /** May throw between any two calls of ports: that process is then dead, and its message comes back. */
  readonly observer: () => Observer;
}

const MAX_STEPS = 3000;

/** Runs one process on the ports. False when it died or failed. */
const attempt = async (
  { fleet, observer }: Simulation,
  work: (ports: Fleet) => Promise<unknown>,
): Promise<boolean> => {
  try {
    await work(observeCalls(fleet, observer()));
    return true;
  } catch {
    return false;
  }
};

/** Runs SQS, EventBridge and the agents in memory: at-least-once, any order, until nothing is waiting. */
const createSimulator = (simulation: Simulation) => {
  const { fleet, behave, policy } = simulation;
  const waiting: Message[] = [];
  let eventsSeen = 0;
  let commandsSeen = 0;
  let messages = 0;
  let seq = 1;

  const enqueue = (message: Message): void => {
    messages += 1;
    for (let copy = 0; copy < simulation.copies(messages); copy += 1) waiting.push(message);
  };

  /** New events and commands become messages. */
  const collect = (): void => {
    for (; eventsSeen < fleet.publisher.published.length; eventsSeen += 1) {
      const event = fleet.publisher.published[eventsSeen];
      if (consumedEventSchema.safeParse(event).success) enqueue({ what: 'event', index: eventsSeen });
    }
    const commands = sentFiles(fleet);
    for (; commandsSeen < commands.length; commandsSeen += 1) {
      const command = commands[commandsSeen];
      const behaviour = command === undefined ? 'silence' : behave(command);
      if (command === undefined || behaviour === 'silence') continue;
      const result = behaviour === 'proof' ? succeeded(command) : failed(command, behaviour);
      enqueue({ what: 'report', index: commandsSeen, nodeId: command.nodeId, result });
    }
  };

  const handle = async (ports: Fleet, message: Message): Promise<void> => {
    if (message.what === 'report' && message.result !== undefined && message.nodeId !== undefined) {
      await recordCommandResult(ports, message.nodeId, message.result, fleet.clock.now(), policy);
      return;
    }
    const event = consumedEventSchema.parse(fleet.publisher.published[message.index]);
    await dispatchEvent(ports, event, policy);
  };

  /** Handles messages until none waits; a message whose process died waits again. */
  const settle = async (): Promise<void> => {
    collect();
    for (let step = 0; step < MAX_STEPS && waiting.length > 0; step += 1) {
      const [message] = waiting.splice(simulation.pick(waiting.length) % waiting.length, 1);
      if (message === undefined) return;
      const done = await attempt(simulation, (ports) => handle(ports, message));
      if (!done) waiting.push(message);
      collect();
    }
  };

  /** A minute goes by: heartbeats, the sweep, and what follows. */
  const minute = async (): Promise<void> => {
    fleet.clock.advance(60);
    seq += 1;
    for (const node of simulation.nodes) await beat(fleet, node, seq);
    await attempt(simulation, (ports) => sweepDeliveries(ports, policy));
    await settle();
  };

  return { settle, minute, waiting: () => waiting.length };
};

export type { Behaviour, Simulation };
export { createSimulator };
