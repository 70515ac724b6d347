import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuditReader, AuditStore, NewAuditRow } from '../../lib/audit/audit-row.ts';
import { createDynamoAuditReader } from '../../lib/audit/dynamo-audit-reader.ts';
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

const adapters: [string, () => Promise<AuditStore & AuditReader>][] = [
  ['memory', async () => createMemoryAuditStore()],
  [
    'DynamoDB',
    async () => {
      const table = await dynamo.createTable(
        ['subject', 'sortKey'],
        [INDEXES.auditByAction, 'action', 'sortKey'],
      );
      return {
        ...createDynamoAuditStore(dynamo.client, table),
        ...createDynamoAuditReader(dynamo.client, table),
      };
    },
  ],
];

const row = (auditId: string, seconds: number, overrides: Partial<NewAuditRow> = {}): NewAuditRow => ({
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
  let audit: AuditStore & AuditReader;
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

  it('keeps what changed, before and after', async () => {
    const changed = row('a', 1, { before: { lifecycle: 'active' }, after: { lifecycle: 'lost' } });
    await audit.record(changed);

    expect((await audit.list({ limit: 9 })).rows).toEqual([changed]);
  });
});

describe.each(adapters)('AuditStore.list in %s', (_name, createStore) => {
  const node = 'node:n-00000000000a';
  let audit: AuditStore & AuditReader;
  beforeEach(async () => {
    audit = await createStore();
    for (const [id, seconds, overrides] of [
      ['a', 1, {}],
      ['b', 2, { action: 'end-node' }],
      ['c', 3, { subject: 'hold:h-1', action: 'put-hold' }],
      ['d', 4, { action: 'end-node' }],
      ['e', 5, { subject: 'node:n-00000000000b', action: 'end-node' }],
    ] as const)
      await audit.record(row(id, seconds, overrides));
  });

  it.each([
    ['everything', {}, ['e', 'd', 'c', 'b', 'a']],
    ['a subject', { subject: node }, ['d', 'b', 'a']],
    ['an action', { action: 'end-node' }, ['e', 'd', 'b']],
    ['an action on a subject', { subject: node, action: 'end-node' }, ['d', 'b']],
    ['everything since an instant, that one too', { since: new Date(atText(3)) }, ['e', 'd', 'c']],
    ['a subject since an instant', { subject: node, since: new Date(atText(2)) }, ['d', 'b']],
    ['nothing', { subject: 'node:n-ffffffffffff' }, []],
  ])('lists %s, newest first', async (_what, query, ids) => {
    const { rows, isCutOff } = await audit.list({ ...query, limit: 9 });

    expect(rows.map(({ auditId }) => auditId)).toEqual(ids);
    expect(isCutOff).toBe(false);
  });

  it.each([
    ['at the limit, says that it is all', 5, false],
    ['above it, says that it is cut off', 4, true],
  ])('%s', async (_what, limit, isCutOff) => {
    const page = await audit.list({ limit });

    expect(page.isCutOff).toBe(isCutOff);
    expect(page.rows).toHaveLength(limit);
  });

  it('reads on until the filter has enough: a page of others is not the end', async () => {
    for (let index = 0; index < 30; index += 1) await audit.record(row(`x${index}`, 10 + index));

    const page = await audit.list({ subject: node, action: 'end-node', limit: 1 });

    expect(page.rows.map(({ auditId }) => auditId)).toEqual(['d']);
    expect(page.isCutOff).toBe(true);
  });
});
