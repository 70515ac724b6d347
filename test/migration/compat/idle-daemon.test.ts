import { describe, expect, it } from 'vitest';
import { putHold } from '../../../lib/holds/put-hold.ts';
import { IdleShutdownDaemon } from '../../../lib/migration/compat/idle-daemon.ts';
import { IdleShutdownConfig } from '../../../lib/migration/compat/idle-shutdown-config.ts';
import { CALLER, createInstallation } from './memory-installation.ts';

const prepare = async (idle?: unknown, mayControl?: boolean, provider = 'vast') => {
  const installation = await createInstallation(idle === undefined ? {} : { idle }, mayControl);
  const config = IdleShutdownConfig.forProvider(provider);
  return { ...installation, config, daemon: new IdleShutdownDaemon(config, installation.ports) };
};

describe('IdleShutdownDaemon', () => {
  it.each([
    ['lambda', 'provider:lambda-labs'],
    ['vast', 'provider:vast'],
    ['runpod', 'provider:runpod'],
  ])('stop() for %s sets an audited freeze of %s that ends after 24 hours', async (provider, scope) => {
    const { daemon, live, audit, pass } = await prepare({}, false, provider);
    const status = await daemon.stop('long evaluation');
    expect(status).toMatchObject({ mode: 'observe', stoppedUntil: '2026-11-26T12:00:00.000Z' });
    const holds = await live();
    expect(holds).toMatchObject([
      { kind: 'freeze', scope, setBy: CALLER, reason: 'drover/compat stop: long evaluation' },
    ]);
    const rows = await audit.listByAction('put-hold', 10);
    expect(rows).toMatchObject([{ subject: `hold:${holds[0]?.holdId}`, actor: CALLER }]);
    pass(86_401);
    expect(await live()).toEqual([]);
    expect(await daemon.status()).not.toHaveProperty('stoppedUntil');
  });

  it('start() releases what stop() set, audited', async () => {
    const { daemon, live, audit } = await prepare();
    await daemon.stop();
    await daemon.start();
    expect(await live()).toEqual([]);
    expect(await audit.listByAction('release-hold', 10)).toMatchObject([{ actor: CALLER }]);
  });

  it('start() leaves the holds of people and of other providers alone', async () => {
    const { daemon, live, ports } = await prepare();
    const request = { kind: 'freeze', setBy: 'somebody', ttlSeconds: 60 } as const;
    await putHold(ports, { ...request, scope: 'provider:vast', reason: 'audit' });
    await putHold(ports, { ...request, scope: 'provider:runpod', reason: 'drover/compat stop: other' });
    await daemon.stop();
    await daemon.start();
    expect((await live()).map(({ reason }) => reason).sort()).toEqual(['audit', 'drover/compat stop: other']);
  });

  it('stop() twice leaves one hold, with 24 hours from the second', async () => {
    const { daemon, live, pass } = await prepare();
    await daemon.stop();
    pass(3600);
    await daemon.stop();
    expect((await live()).map(({ expiresAt }) => expiresAt)).toEqual(['2026-11-26T13:00:00.000Z']);
  });

  it.each(['start', 'stop'] as const)('%s() refuses in mode enforce, and changes nothing', async (call) => {
    const { daemon, live, audit } = await prepare({ providers: { vast: { mode: 'enforce' } } });
    await expect(daemon[call]()).rejects.toThrow(/refused in mode enforce: set DROVER_COMPAT_CONTROL=1/);
    expect(await live()).toEqual([]);
    expect(await audit.listByAction('put-hold', 10)).toEqual([]);
  });

  it('does both in mode enforce with permission', async () => {
    const { daemon, live } = await prepare({ mode: 'enforce' }, true);
    await daemon.stop();
    expect(await live()).toHaveLength(1);
    await daemon.start();
    expect(await live()).toEqual([]);
  });

  it('asks the mode of its own provider only', async () => {
    const { daemon } = await prepare({ providers: { runpod: { mode: 'enforce' } } });
    await expect(daemon.stop()).resolves.toMatchObject({ mode: 'observe' });
  });

  it('start() refuses settings that would have no effect, and names what fleet.yaml says', async () => {
    const { daemon, config, live } = await prepare({ providers: { vast: { idleThresholdSeconds: 3600 } } });
    await daemon.stop();
    config.idleThresholdSeconds = 900;
    await expect(daemon.start()).rejects.toThrow(
      'idle.providers.vast.idleThresholdSeconds is 3600, not 900: set it in fleet.yaml',
    );
    expect(await live()).toHaveLength(1);
    config.idleThresholdSeconds = 3600;
    await expect(daemon.start()).resolves.toMatchObject({ provider: 'vast' });
  });

  it('cuts a long reason rather than refuse it', async () => {
    const { daemon, live } = await prepare();
    await daemon.stop('x'.repeat(1000));
    expect((await live())[0]?.reason).toHaveLength(420);
  });
});

describe('IdleShutdownConfig.forProvider', () => {
  it("has the provider's defaults, by any of its names", () => {
    expect(IdleShutdownConfig.forProvider('Vast')).toMatchObject({
      provider: 'vast',
      retain: 0,
      drainPeriodSeconds: 180,
    });
    expect(IdleShutdownConfig.forProvider('lambda')).toMatchObject({
      provider: 'lambda-labs',
      idleThresholdSeconds: 1800,
    });
  });

  it.each(['vultr', 'static', ''])('refuses "%s": Drover ends nothing there', (name) => {
    expect(() => IdleShutdownConfig.forProvider(name)).toThrow(/Drover ends no instances/);
  });
});
