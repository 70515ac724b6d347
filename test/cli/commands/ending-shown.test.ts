import { describe, expect, it } from 'vitest';
import { ago, createIdleInstallation, idleNode, nodeIdOf } from '../support/idle-fleet.ts';

const drain = {
  drainId: 'dr-2',
  epoch: 1,
  startedAt: ago(60),
  acknowledgeBy: ago(-1200),
  drainUntil: ago(-1800),
  reason: 'idle',
};
const termination = {
  terminationId: 't-3',
  requestedAt: ago(60),
  reason: 'forced',
  forcedBy: 'somebody',
  abandonsData: false,
  attempts: 2,
  nextAttemptAt: ago(-60),
  lastOutcome: 'transient',
  lastDetail: 'no answer',
};

const prepare = async () => {
  const installation = await createIdleInstallation(
    [
      idleNode(1),
      idleNode(2, { lifecycle: 'draining', drain, drainEpoch: 1 }),
      idleNode(3, { lifecycle: 'terminating', termination }),
      idleNode(4, {
        shadowDrain: { drainId: 'sd-4', startedAt: ago(600), maturesAt: ago(420), maturedAt: ago(400) },
      }),
    ],
    { providers: { runpod: { mode: 'enforce' } } },
  );
  const unclaimed = { count: 3, bytes: 2_000_000, sample: [] };
  await installation.stores.nodes.create(installation.holding(idleNode(5), [], { unclaimed }));
  return installation;
};

describe('the end of a node', () => {
  it('is shown by status, with the mode of each provider', async () => {
    const { run } = await prepare();
    const { out } = await run(['status']);
    expect(out).toContain('Idle shutdown  lambda-labs observe, vast observe, runpod enforce\n');
    expect(out).toContain(`${nodeIdOf(2)} drains since`);
    expect(out).toContain(
      `${nodeIdOf(3)} terminating since 2026-11-23T11:59:00Z, forced by somebody: 2 requests`,
    );
    expect(out).toContain(`${nodeIdOf(4)} would have ended at`);
    expect(out).toContain(`${nodeIdOf(5)} kept for 3 unclaimed files (2.0 MB)`);
    expect(out).not.toContain(`${nodeIdOf(1)} `);
    expect((await run(['status', '--json'])).json()).toMatchObject({
      idleShutdown: {
        nodes: [
          { kind: 'draining' },
          { kind: 'terminating' },
          { kind: 'shadow-drain' },
          { kind: 'unclaimed-data' },
        ],
      },
    });
  });

  it('is unknown when the configuration cannot be read: that is never "off"', async () => {
    const { run, stores } = await prepare();
    stores.config.current = () => Promise.reject(new Error('throttled'));
    expect((await run(['status'])).out).toMatch(/Idle shutdown {2}unknown: .*throttled/);
  });

  it('is a word in the list and a line in the record of a node', async () => {
    const { run } = await prepare();
    const { out } = await run(['nodes', 'list']);
    const lifecycles = out
      .trim()
      .split('\n')
      .map((line) => line.split('\t')[4]);
    expect(lifecycles).toEqual([
      'LIFECYCLE',
      'active',
      'draining, not acknowledged',
      'terminating, 2 requests, transient',
      'active, would have ended',
      'active, 3 unclaimed files (2.0 MB)',
    ]);
    expect((await run(['nodes', 'show', nodeIdOf(2)])).out).toContain('its end       drains since');
  });
});
