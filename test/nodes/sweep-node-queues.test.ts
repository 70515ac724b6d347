import { QueueDoesNotExist, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { createMemoryAuditStore } from '../../lib/audit/memory-audit-store.ts';
import type { Command } from '../../lib/commands/command.ts';
import { createMemoryCommandStore } from '../../lib/commands/memory-command-store.ts';
import { createHoldGate } from '../../lib/holds/hold-gate.ts';
import { createMemoryHoldStore } from '../../lib/holds/memory-hold-store.ts';
import { deleteNodeQueue } from '../../lib/nodes/delete-node-queue.ts';
import { createMemoryNodeStore } from '../../lib/nodes/memory-node-store.ts';
import type { Node } from '../../lib/nodes/node.ts';
import { sweepNodeQueues } from '../../lib/nodes/sweep-node-queues.ts';
import { addSeconds, toTimestamp } from '../../lib/time.ts';
import { makeClock, makeNode, type NodeChanges, nodeIdOf, START } from '../distribution/fixtures.ts';

const ago = (seconds: number): string => toTimestamp(addSeconds(START, -seconds));
const DAY = 86_400;

const prepare = async (nodes: readonly Node[]) => {
  const store = createMemoryNodeStore();
  for (const node of nodes) await store.create(node);
  const deleted: string[] = [];
  const clock = makeClock();
  const holds = createMemoryHoldStore();
  const ports = {
    nodes: store,
    gate: createHoldGate({ holds, clock, warn: () => {} }),
    deleteQueue: async (nodeId: string) => {
      deleted.push(nodeId);
    },
    audit: createMemoryAuditStore(),
    commands: createMemoryCommandStore(),
    clock,
    actor: 'test',
  };
  return { ports, deleted, holds, store };
};

const makeDelete = (nodeId: string): Command => ({
  schemaVersion: 1,
  commandId: `c-${nodeId}`,
  nodeId,
  attempt: 1,
  issuedAt: ago(0),
  deadlineAt: ago(-600),
  type: 'delete',
  artifactId: 'a'.repeat(64),
  path: 'models/m/1/m.pth',
});

describe('sweepNodeQueues', () => {
  it.each<[string, NodeChanges, boolean]>([
    ['a node that ended 24 h ago', { lifecycle: 'terminated', endedAt: ago(DAY) }, true],
    ['a node that got lost 24 h ago', { lifecycle: 'lost', endedAt: ago(DAY) }, true],
    ['a node that was revoked 24 h ago', { revokedAt: ago(DAY) }, true],
    ['a node that ended a second later', { lifecycle: 'terminated', endedAt: ago(DAY - 1) }, false],
    ['a live node', {}, false],
    [
      'a node whose queue is deleted',
      { lifecycle: 'terminated', endedAt: ago(DAY), queueDeletedAt: ago(1) },
      false,
    ],
  ])('looks at %s', async (_what, changes, expected) => {
    const { ports, deleted } = await prepare([makeNode(1, changes)]);
    await sweepNodeQueues(ports);
    expect(deleted).toEqual(expected ? [nodeIdOf(1)] : []);
    expect(await ports.audit.listByAction('delete-node-queue', 9)).toHaveLength(expected ? 1 : 0);
  });

  it.each<[string, NodeChanges, boolean]>([
    ['a node that has just ended', { lifecycle: 'terminated', endedAt: ago(0) }, true],
    ['a node that has just got lost', { lifecycle: 'lost', endedAt: ago(0) }, true],
    ['a node that has just been revoked', { revokedAt: ago(0) }, true],
    ['a live node', {}, false],
  ])('closes the open commands of %s as node-gone, if it is gone', async (_what, changes, expected) => {
    const { ports } = await prepare([makeNode(1, changes), makeNode(2)]);
    await ports.commands.put(makeDelete(nodeIdOf(1)));
    await ports.commands.put(makeDelete(nodeIdOf(2)));
    await sweepNodeQueues(ports);
    expect(await ports.commands.listOpen(nodeIdOf(1))).toHaveLength(expected ? 0 : 1);
    expect(await ports.commands.get(`c-${nodeIdOf(1)}`)).toMatchObject(
      expected ? { status: 'failed', failure: { class: 'node-gone' } } : { status: 'issued' },
    );
    expect(await ports.commands.listOpen(nodeIdOf(2))).toHaveLength(1);
  });

  it('does it once, and only in the first minutes of an hour', async () => {
    const { ports, deleted } = await prepare([makeNode(1, { revokedAt: ago(DAY) })]);
    ports.clock.advance(5 * 60);
    await sweepNodeQueues(ports);
    expect(deleted).toEqual([]);
    ports.clock.advance(55 * 60);
    await sweepNodeQueues(ports);
    await sweepNodeQueues(ports);
    expect(deleted).toEqual([nodeIdOf(1)]);
  });

  it('deletes nothing under a freeze', async () => {
    const { ports, deleted, holds } = await prepare([makeNode(1, { revokedAt: ago(DAY) })]);
    await holds.put({
      holdId: 'h-1',
      kind: 'freeze',
      scope: 'provider:static',
      reason: 'looking',
      setBy: 'op',
      setAt: ago(0),
      expiresAt: ago(-60),
    });
    await sweepNodeQueues(ports);
    expect(deleted).toEqual([]);
  });

  it('goes on when one cannot be deleted, and says so at the end', async () => {
    const nodes = [1, 2].map((index) => makeNode(index, { revokedAt: ago(DAY) }));
    const { ports, deleted } = await prepare(nodes);
    const failing = {
      ...ports,
      deleteQueue: async (nodeId: string) => {
        if (nodeId === nodeIdOf(1)) throw new Error('no right to delete');
        await ports.deleteQueue(nodeId);
      },
    };
    await expect(sweepNodeQueues(failing)).rejects.toThrow('no right to delete');
    expect(deleted).toEqual([nodeIdOf(2)]);
  });
});

describe('deleteNodeQueue', () => {
  it('is harmless when the queue is gone, and passes every other error on', async () => {
    const sqsFailing = (error: Error): SQSClient => {
      const sqs = new SQSClient({ region: 'us-east-1' });
      sqs.middlewareStack.add(() => () => Promise.reject(error), { step: 'initialize' });
      return sqs;
    };
    const gone = new QueueDoesNotExist({ message: 'no queue', $metadata: {} });
    await expect(deleteNodeQueue(sqsFailing(gone), 'https://sqs/1/n-', nodeIdOf(1))).resolves.toBeUndefined();
    const refused = new Error('no right');
    await expect(deleteNodeQueue(sqsFailing(refused), 'https://sqs/1/n-', nodeIdOf(1))).rejects.toBe(refused);
  });
});
