import { describe, expect, it } from 'vitest';
import { decideSend } from '../../lib/distribution/decide-send.ts';
import type { Node } from '../../lib/nodes/node.ts';
import { addSeconds, toTimestamp } from '../../lib/time.ts';
import { makeNode, nodeIdOf, START } from './fixtures.ts';

const NODE = nodeIdOf(1);
const policy = { heartbeatMaxAgeSeconds: 300 };
const decide = (node: Node | undefined) => decideSend(NODE, node, policy, START);
const silentFor = (seconds: number) => ({ heartbeatAt: toTimestamp(addSeconds(START, -seconds)) });
const usedBy = (usedPercent: number) => ({
  disk: { totalBytes: 1000, freeBytes: 1000 - usedPercent * 10, usedPercent },
});

describe('decideSend', () => {
  it.each<[string, Node | undefined, string, string]>([
    ['a node that beats', makeNode(1), 'send', 'node-live'],
    ['no node', undefined, 'fail', 'node-missing'],
    ['a revoked node', { ...makeNode(1), revokedAt: toTimestamp(START) }, 'fail', 'node-revoked'],
    ['a node that ended', makeNode(1, { lifecycle: 'terminated' }), 'fail', 'node-ended'],
    ['a node that drains', makeNode(1, { lifecycle: 'draining' }), 'postpone', 'node-not-active'],
    ['a node silent for 300 s', { ...makeNode(1), ...silentFor(300) }, 'send', 'node-live'],
    ['a node silent for 301 s', { ...makeNode(1), ...silentFor(301) }, 'postpone', 'node-silent'],
    // It was chosen when it had room: from the second tier on no pull begins (sync 1.4).
    ['a disk at 70 %', makeNode(1, usedBy(70)), 'send', 'node-live'],
    ['a disk at 92.9 %', makeNode(1, usedBy(92.9)), 'send', 'node-live'],
    ['a disk at 93 %', makeNode(1, usedBy(93)), 'postpone', 'node-disk-full'],
    ['a disk at 96 %', makeNode(1, usedBy(96)), 'postpone', 'node-disk-full'],
  ])('%s: %s %s', (_name, node, action, reason) => {
    expect(decide(node)).toMatchObject({ action, reason });
  });
});
