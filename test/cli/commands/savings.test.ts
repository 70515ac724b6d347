import { describe, expect, it } from 'vitest';
import type { AuditAction } from '../../../lib/audit/audit-actions.ts';
import { ago, createIdleInstallation } from '../support/idle-fleet.ts';

const prepare = async () => {
  const installation = await createIdleInstallation([]);
  const { audit } = installation.stores;
  const row = (action: AuditAction, seconds: number, evidence: Record<string, unknown>) =>
    audit.record({
      auditId: `${action}-${seconds}`,
      subject: 'node:n-000000000001',
      at: ago(seconds),
      actor: 'reconcile-instances',
      action,
      reason: 'gone',
      evidence,
    });
  const termination = {
    terminationId: 'dr-1',
    requestedAt: ago(7300),
    reason: 'idle',
    abandonsData: false,
    attempts: 1,
    nextAttemptAt: ago(7300),
  };
  await row('end-node', 7200, {
    provider: 'vast',
    termination: { ...termination, microUsdPerHour: 1_500_000 },
  });
  await row('end-node', 3600, { provider: 'runpod', termination });
  await row('would-terminate-node', 3600, { provider: 'vast', drainId: 'sd-1', microUsdPerHour: 400_000 });
  await row('end-shadow-drain', 1800, { drainId: 'sd-1' });
  return installation;
};

describe('drover savings', () => {
  it('integrates what was saved, and apart from it what would have been', async () => {
    const { run } = await prepare();
    const { out, exitCode } = await run(['savings']);
    expect(exitCode).toBe(0);
    expect(out.split('\n')[0]).toBe(
      `$3.00 saved since ${ago(30 * 86_400)}; in observe mode $0.20 would have been.`,
    );
    expect(out).toContain('vast\t1\t$3.00\t$1.50/h\t');
    expect(out).toContain('runpod\t1\t$0.00\t$0.00/h\t1');
    expect(out).toContain('vast\t1\t$0.20\t$0.00/h\t');
  });

  it('states its assumption, and says which nodes had no price', async () => {
    const { run } = await prepare();
    const { out } = await run(['savings']);
    expect(out).toContain('It assumes that each node would have run on at its last price');
    expect(out).toContain('Nodes without a known price: 1.');
  });

  it('counts only what lies in the window', async () => {
    const { run } = await prepare();
    expect((await run(['savings', '--since', '1h', '--json'])).json()).toMatchObject({
      saved: { total: { microUsd: 1_500_000 } },
      wouldHaveSaved: { total: { microUsd: 200_000 } },
    });
  });
});
