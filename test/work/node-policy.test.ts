import { describe, expect, it } from 'vitest';
import { jobTypeAllowed } from '../../lib/work/node-policy.ts';
import type { NodePolicy } from '../../lib/work/work-config.ts';
import { makeWorker, nodeIdOf } from './work-fixture.ts';

const node = makeWorker(1, {
  role: 'gpu-trainer',
  labels: { zone: 'eu/west 1', tier: 'Gold' },
  heartbeat: { gpus: [{ index: 0, name: 'NVIDIA H100 80GB HBM3' }] },
});
const policy = (match: string[], changes: Partial<NodePolicy> = {}): NodePolicy => ({
  match,
  deny: ['selfplay'],
  ...changes,
});

describe('jobTypeAllowed', () => {
  it('allows everything where no policy fits', () => {
    expect(jobTypeAllowed([], node, 'selfplay')).toBe(true);
    expect(jobTypeAllowed([policy(['provider=runpod'])], node, 'selfplay')).toBe(true);
  });

  it.each([
    [nodeIdOf(1)],
    ['n-0000*'],
    ['provider=vast'],
    ['PROVIDER=V*'],
    ['role=*train*'],
    ['gpu=*h100*'],
    ['zone=eu*'],
    ['zone=*west*'],
    ['tier=gold'],
    ['gpu=*{a100,h100}*'],
  ])('finds the node by %s, in any case', (glob) => {
    expect(jobTypeAllowed([policy(['nothing', glob])], node, 'selfplay')).toBe(false);
  });

  it.each([['h100'], ['*-cpu-*'], ['role=gpu'], ['zone=us*'], ['gold']])('does not by %s', (glob) => {
    expect(jobTypeAllowed([policy([glob])], node, 'selfplay')).toBe(true);
  });

  it('lets the first policy that fits decide', () => {
    const policies = [policy(['provider=vast'], { deny: [] }), policy(['role=*'])];
    expect(jobTypeAllowed(policies, node, 'selfplay')).toBe(true);
    expect(jobTypeAllowed(policies.toReversed(), node, 'selfplay')).toBe(false);
  });

  it.each([
    ['training', { allow: ['training'], deny: [] }, true],
    ['selfplay', { allow: ['training'], deny: [] }, false],
    ['training', { allow: ['training'], deny: ['training'] }, false],
    ['training', { allow: [], deny: [] }, false],
    ['training', { deny: ['selfplay'] }, true],
  ])(
    'deny beats allow, and an allow that is there is the whole list: %s under %j',
    (jobType, rule, allowed) => {
      expect(jobTypeAllowed([policy(['provider=vast'], rule)], node, jobType)).toBe(allowed);
    },
  );
});
