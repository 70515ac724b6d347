import { describe, expect, it } from 'vitest';
import { decideIdle } from '../../lib/idle/decide-idle.ts';
import { decideShadow, maturesAt } from '../../lib/idle/decide-shadow.ts';
import type { FleetView } from '../../lib/idle/idle-snapshot.ts';
import type { MayLoseDecision } from '../../lib/nodes/decide-may-lose.ts';
import type { ShadowDrain } from '../../lib/nodes/drain.ts';
import type { Heartbeat } from '../../lib/nodes/heartbeat.ts';
import {
  AT_RISK,
  ago,
  fleetWith,
  holdOf,
  idleHeartbeat,
  NOW,
  POLICY,
  SAFE,
  subjectWith,
} from './fixtures.ts';

const shadow = (changes: Partial<ShadowDrain> = {}): ShadowDrain => ({
  drainId: 'sd-1',
  startedAt: ago(200),
  maturesAt: ago(0),
  ...changes,
});

interface Situation {
  readonly shadowDrain?: ShadowDrain;
  readonly heartbeat?: Partial<Heartbeat>;
  readonly fleet?: Partial<FleetView>;
  readonly mode?: 'observe' | 'enforce' | 'off';
  readonly mayLose?: MayLoseDecision | undefined;
}

const decide = (situation: Situation) => {
  const { shadowDrain, heartbeat = {}, fleet = {}, mode = 'observe' } = situation;
  const subject = subjectWith({
    heartbeat: idleHeartbeat(heartbeat),
    ...(shadowDrain === undefined ? {} : { shadowDrain }),
  });
  const policy = { ...POLICY, mode };
  const decision = decideIdle(subject, fleetWith(fleet), policy, NOW, shadowDrain?.drainId);
  return decideShadow(subject, decision, policy, 'mayLose' in situation ? situation.mayLose : SAFE, NOW);
};

describe('decideShadow', () => {
  it.each<[string, Situation, string, string]>([
    ['starts for an idle node', {}, 'start', 'idle'],
    ['does nothing for a busy node', { heartbeat: { cpuPercent: 90 } }, 'none', 'cpu-busy'],
    ['does nothing in enforce', { mode: 'enforce' }, 'none', 'mode-changed'],
    ['ends with the mode', { shadowDrain: shadow(), mode: 'off' }, 'end', 'mode-changed'],
    ['ends with a use', { shadowDrain: shadow(), heartbeat: { sshSessions: 1 } }, 'end', 'ssh-session'],
    [
      'ends with a use that a freeze comes before',
      { shadowDrain: shadow(), heartbeat: { sshSessions: 1 }, fleet: { holds: [holdOf('fleet')] } },
      'end',
      'ssh-session',
    ],
    ['waits while frozen', { shadowDrain: shadow(), fleet: { holds: [holdOf('fleet')] } }, 'wait', 'frozen'],
    [
      'waits for its period, to the second',
      { shadowDrain: shadow({ maturesAt: ago(-1) }) },
      'wait',
      'drain-period',
    ],
    [
      'waits while the data is not known',
      { shadowDrain: shadow(), mayLose: undefined },
      'wait',
      'data-unknown',
    ],
    [
      'waits while something would be lost',
      { shadowDrain: shadow(), mayLose: AT_RISK },
      'wait',
      'data-at-risk',
    ],
    ['matures when its period is over', { shadowDrain: shadow() }, 'mature', 'idle'],
    ['matures once', { shadowDrain: shadow({ maturedAt: ago(5) }) }, 'wait', 'matured'],
  ])('%s', (_title, situation, action, reason) => {
    expect(decide(situation)).toMatchObject({ action, reason });
  });

  it('matures after the drain period of the policy', () => {
    expect(maturesAt(POLICY, NOW)).toBe(ago(-POLICY.drainPeriodSeconds));
  });
});
