import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditReader } from '../../lib/audit/audit-row.ts';
import { createMemoryAuditStore } from '../../lib/audit/memory-audit-store.ts';
import { PermanentError } from '../../lib/errors.ts';
import { createMemoryHoldStore } from '../../lib/holds/memory-hold-store.ts';
import { putHold } from '../../lib/holds/put-hold.ts';
import { releaseHold } from '../../lib/holds/release-hold.ts';
import { randomIds } from '../../lib/ids.ts';
import { makeClock, nodeIdOf, START } from '../distribution/fixtures.ts';

const request = {
  kind: 'freeze',
  scope: `node:${nodeIdOf(1)}`,
  reason: 'debugging',
  setBy: 'arn:op',
  ttlSeconds: 3600,
} as const;

describe('putHold and releaseHold', () => {
  let ports: Parameters<typeof putHold>[0] & { readonly audit: AuditReader };
  beforeEach(() => {
    ports = {
      holds: createMemoryHoldStore(),
      audit: createMemoryAuditStore(),
      clock: makeClock(),
      ids: randomIds,
    };
  });

  it('sets a hold that expires, with an audit row', async () => {
    const hold = await putHold(ports, request);
    expect(hold).toMatchObject({ scope: request.scope, expiresAt: '2026-03-01T13:00:00.000Z' });
    expect(await ports.holds.listLive(START)).toEqual([hold]);
    expect(await ports.audit.listBySubject(`hold:${hold.holdId}`, 9)).toMatchObject([
      { action: 'put-hold', actor: 'arn:op', reason: 'debugging' },
    ]);
  });

  it.each([
    ['for ever', { ttlSeconds: Number.POSITIVE_INFINITY }],
    ['for 31 days', { ttlSeconds: 31 * 86_400 }],
    ['for no time', { ttlSeconds: 0 }],
    ['of an unknown scope', { scope: 'everything' }],
    ['without a reason', { reason: '' }],
  ])('refuses a hold %s, and writes nothing', async (_what, changes) => {
    await expect(putHold(ports, { ...request, ...changes })).rejects.toThrow(PermanentError);
    expect(await ports.holds.listLive(START)).toEqual([]);
    expect(await ports.audit.listByAction('put-hold', 9)).toEqual([]);
  });

  it('releases a hold once, with an audit row', async () => {
    const { holdId } = await putHold(ports, request);
    const release = { holdId, releasedBy: 'arn:op', reason: 'done' };
    expect(await releaseHold(ports, release)).toBe(true);
    expect(await releaseHold(ports, release)).toBe(false);
    expect(await ports.audit.listByAction('release-hold', 9)).toHaveLength(1);
  });
});
