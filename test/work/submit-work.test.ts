import { describe, expect, it } from 'vitest';
import { createWorkplace, makeItem, workIdOf } from './work-fixture.ts';

describe('submitWork', () => {
  it('writes each item once, and tells of each with all its fields [events#2.15-2] [events#2.15-12]', async () => {
    const place = await createWorkplace();
    const first = makeItem({ workId: workIdOf(1), campaignId: 'hex8' });
    expect(await place.submit(first, makeItem({ workId: workIdOf(2) }))).toMatchObject({
      created: [{ workId: workIdOf(1) }, { workId: workIdOf(2) }],
      existing: [],
    });
    expect(await place.submit(first)).toMatchObject({ created: [], existing: [workIdOf(1)] });
    expect(place.published.map(({ fields }) => fields)).toEqual([
      { workId: workIdOf(1), campaignId: 'hex8', jobType: 'selfplay', class: 'cpu', lane: 'normal' },
      { workId: workIdOf(2), jobType: 'selfplay', class: 'cpu', lane: 'normal' },
    ]);
  });

  it('lets an item depend on one before it, and forgets what is done already', async () => {
    const place = await createWorkplace();
    await place.ports.work.create(makeItem({ workId: workIdOf(9), status: 'succeeded' }));
    await place.submit(
      makeItem({ workId: workIdOf(1) }),
      makeItem({ workId: workIdOf(2), waitsFor: [workIdOf(1), workIdOf(9)] }),
      makeItem({ workId: workIdOf(3), waitsFor: [workIdOf(9)] }),
    );
    expect(await place.itemOf(workIdOf(2))).toMatchObject({ status: 'blocked', waitsFor: [workIdOf(1)] });
    expect(await place.itemOf(workIdOf(3))).toMatchObject({ status: 'pending', waitsFor: [] });
  });

  it.each([
    ['is not there', undefined, 'which is not there'],
    ['failed', 'failed', 'run drover work retry'],
    ['was cancelled', 'cancelled', 'run drover work retry'],
  ] as const)(
    'refuses to wait for what %s; what came before it is submitted',
    async (_what, status, message) => {
      const place = await createWorkplace();
      if (status !== undefined) await place.ports.work.create(makeItem({ workId: workIdOf(9), status }));
      const waiting = makeItem({ workId: workIdOf(2), waitsFor: [workIdOf(9)] });
      await expect(place.submit(makeItem(), waiting)).rejects.toThrow(message);
      expect(place.told()).toEqual(['WorkSubmitted']);
      expect(await place.ports.work.get(workIdOf(2))).toBeUndefined();
    },
  );
});
