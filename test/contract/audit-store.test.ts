import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuditRow, AuditStore } from '../../lib/audit/audit-row.ts';
import { createDynamoAuditStore } from '../../lib/audit/dynamo-audit-store.ts';
import { createMemoryAuditStore } from '../../lib/audit/memory-audit-store.ts';
import { INDEXES } from '../../lib/constants.ts';
import { atText } from '../nodes/fixtures.ts';
import { type LocalDynamo, startLocalDynamo } from './local-dynamo.ts';

let dynamo: LocalDynamo;
beforeAll(async () => {
  dynamo = await startLocalDynamo();
});
afterAll(() => dynamo.stop());

const adapters: [string, () => Promise<AuditStore>][] = [
  ['memory', async () => createMemoryAuditStore()],
  [
    'DynamoDB',
    async () =>
      createDynamoAuditStore(
        dynamo.client,
        await dynamo.createTable(['subject', 'sortKey'], [INDEXES.auditByAction, 'action', 'sortKey']),
      ),
  ],
];

const row = (auditId: string, seconds: number, overrides: Partial<AuditRow> = {}): AuditRow => ({
  auditId,
  subject: 'node:n-00000000000a',
  at: atText(seconds),
  actor: 'enroll-node',
  action: 'enroll-node',
  reason: 'join token',
  evidence: { provider: 'vast', nested: { n: 1 } },
  ...overrides,
});

describe.each(adapters)('AuditStore in %s', (_name, createStore) => {
  let audit: AuditStore;
  beforeEach(async () => {
    audit = await createStore();
  });

  it('keeps the first record of a decision: a repeat is the same row', async () => {
    await audit.record(row('a', 1));
    await audit.record(row('a', 1, { reason: 'changed' }));
    expect(await audit.listBySubject('node:n-00000000000a', 10)).toEqual([row('a', 1)]);
  });

  it('lists the newest first, at most as many as asked', async () => {
    for (const [id, seconds] of [
      ['b', 2],
      ['c', 3],
      ['a', 1],
    ] as const) {
      await audit.record(row(id, seconds));
    }
    const ids = async (limit: number) =>
      (await audit.listBySubject('node:n-00000000000a', limit)).map(({ auditId }) => auditId);
    expect(await ids(2)).toEqual(['c', 'b']);
    expect(await ids(9)).toEqual(['c', 'b', 'a']);
  });

  it('lists by action over all subjects', async () => {
    await audit.record(row('a', 1));
    await audit.record(row('b', 2, { subject: 'node:n-00000000000b' }));
    await audit.record(row('c', 3, { action: 'revoke-node' }));
    expect((await audit.listByAction('enroll-node', 9)).map(({ auditId }) => auditId)).toEqual(['b', 'a']);
    expect(await audit.listByAction('no-such', 9)).toEqual([]);
  });
});
