import { describe, expect, it } from 'vitest';
import { ReplicationDaemon } from '../../../lib/migration/compat/replication-daemon.ts';
import { makeArtifact } from '../../distribution/fixtures.ts';
import { CALLER, createInstallation, NOW } from './memory-installation.ts';

const prepare = async (sections: Readonly<Record<string, unknown>> = {}, mayControl = false) => {
  const installation = await createInstallation(sections, mayControl);
  return { ...installation, daemon: new ReplicationDaemon(installation.ports) };
};
const ENFORCED = { idle: { providers: { runpod: { mode: 'enforce' } } } };

describe('ReplicationDaemon', () => {
  it('stop() pauses repair for 24 hours, audited, and start() lets it go on', async () => {
    const { daemon, live, audit } = await prepare();
    expect(await daemon.stop('moving racks')).toEqual({ stoppedUntil: '2026-11-26T12:00:00.000Z' });
    expect(await live()).toMatchObject([
      { kind: 'no-repair', scope: 'fleet', setBy: CALLER, reason: 'drover/compat stop: moving racks' },
    ]);
    expect(await daemon.start()).toEqual({});
    expect(await live()).toEqual([]);
    expect(await audit.listByAction('release-hold', 10)).toMatchObject([{ actor: CALLER }]);
  });

  it.each(['start', 'stop'] as const)(
    '%s() refuses where any provider is in mode enforce, and changes nothing, but with permission',
    async (call) => {
      const { daemon, live } = await prepare(ENFORCED);
      await expect(daemon[call]()).rejects.toThrow(/of replication is refused in mode enforce/);
      expect(await live()).toEqual([]);
      const permitted = await prepare(ENFORCED, true);
      await expect(permitted.daemon[call]()).resolves.toBeDefined();
    },
  );

  it('status() has the last full count, and nothing before there was one', async () => {
    const { daemon, replication } = await prepare();
    expect(await daemon.status()).toEqual({});
    const counts = { total: 3, changed: 0, under: 1, short: 0, lost: 0, single: 1, none: 0 };
    await replication.putReport(
      { countedAt: NOW.toISOString(), ...counts, score: 73, alerts: [] },
      undefined,
    );
    expect(await daemon.status()).toMatchObject({ report: { under: 1, score: 73 } });
  });

  it('repairNow() has the next cycle look at the artifact', async () => {
    const { daemon, artifacts } = await prepare();
    const artifact = makeArtifact();
    await artifacts.register(artifact);
    const marked = await artifacts.getMarked(artifact.artifactId);
    await artifacts.settleMark(artifact.artifactId, marked?.replicaRevision ?? 0, undefined);
    expect(await artifacts.listChanged(10)).toEqual([]);
    await daemon.repairNow(artifact.artifactId);
    expect(await artifacts.listChanged(10)).toMatchObject([
      { artifact: { artifactId: artifact.artifactId } },
    ]);
    await expect(daemon.repairNow('0'.repeat(64))).rejects.toThrow(/there is no artifact/);
  });
});
