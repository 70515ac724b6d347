import { describe, expect, it } from 'vitest';
import { DataType, DistributionDaemon } from '../../../lib/migration/compat/distribution-daemon.ts';
import { EventRouter } from '../../../lib/migration/compat/event-router.ts';
import { createInstallation, NOW } from './memory-installation.ts';

describe('EventRouter', () => {
  it('publishes one event, once', async () => {
    const { ports, publisher } = await createInstallation();
    const { eventId } = await new EventRouter(ports).publish('TrainingCompleted', { runId: 'run-1' });
    expect(publisher.published).toMatchObject([
      { name: 'TrainingCompleted', fields: { runId: 'run-1' }, eventId, occurredAt: NOW.toISOString() },
    ]);
  });

  it('keeps the id that the caller gives, so that a repeat is the same event', async () => {
    const { ports, publisher } = await createInstallation();
    await new EventRouter(ports).publish('TrainingCompleted', { runId: 'run-1' }, { eventId: 'mine' });
    expect(publisher.published.map(({ eventId }) => eventId)).toEqual(['mine']);
  });

  it('subscribes by one name or several, and ends each by itself', async () => {
    const { ports, subscriptions } = await createInstallation();
    const router = new EventRouter(ports);
    const one = router.subscribe('ModelPromoted', () => {});
    const several = router.subscribe(['NodeTerminated', 'NodeLost'], () => {});
    expect(subscriptions.map(({ names }) => names)).toEqual([
      ['ModelPromoted'],
      ['NodeTerminated', 'NodeLost'],
    ]);
    one.stop();
    await one.ended;
    expect(subscriptions.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    await router.stop();
    await several.ended;
  });

  it('starts nothing', async () => {
    const { ports, subscriptions, publisher } = await createInstallation();
    await new EventRouter(ports).start();
    expect([subscriptions, publisher.published]).toEqual([[], []]);
  });
});

describe('DistributionDaemon', () => {
  it.each([
    [DataType.MODEL, 'ModelPromoted'],
    [DataType.NPZ, 'DatasetPublished'],
  ] as const)('distributes %s by the event %s', async (dataType, event) => {
    const { ports, publisher } = await createInstallation();
    const daemon = new DistributionDaemon(
      { dataTypes: [dataType], minVerified: 2, deadlineSeconds: 60 },
      ports,
    );
    await daemon.start();
    await daemon.distribute({ dataType, name: 'hex8_2p', version: '12' });
    await daemon.stop();
    expect(publisher.published).toMatchObject([
      { name: event, fields: { name: 'hex8_2p', version: '12', minVerified: 2, deadlineSeconds: 60 } },
    ]);
  });

  it('distributes both with both data types, and nothing else than its own', async () => {
    const { ports, publisher } = await createInstallation();
    const both = new DistributionDaemon({ dataTypes: new Set([DataType.MODEL, DataType.NPZ]) }, ports);
    await both.distribute({ dataType: DataType.NPZ, name: 'a', version: '1', eventId: 'e-1' });
    expect(publisher.published).toMatchObject([{ eventId: 'e-1', fields: { name: 'a', version: '1' } }]);
    const models = new DistributionDaemon({ dataTypes: [DataType.MODEL] }, ports);
    await expect(models.distribute({ dataType: DataType.NPZ, name: 'a', version: '1' })).rejects.toThrow(
      'this daemon distributes model, not npz',
    );
  });
});
