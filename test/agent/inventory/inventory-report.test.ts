import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { describeInventory } from '../../../agent/inventory/inventory-report.ts';
import type { InventoryEntry } from '../../../lib/nodes/report.ts';

const node = 'n-0123456789ab';
const entry = (number: number): InventoryEntry => ({
  artifactId: createHash('sha256').update(String(number)).digest('hex'),
  bytes: 10,
  path: `other/${number}`,
});
const nothingElse = { outsideCopies: [], unsettled: 0, unclaimed: undefined, configDigest: undefined };
const list = (...numbers: number[]) => ({ ...nothingElse, entries: numbers.map(entry) });

describe('describeInventory', () => {
  it('names the document by its own hash and adds up its bytes', () => {
    const { document, report } = describeInventory(node, list(1, 2), undefined);
    expect(report.digest).toBe(createHash('sha256').update(document).digest('hex'));
    expect(report).toMatchObject({ key: `artifacts/${report.digest}`, count: 2, bytes: 20 });
    expect(report).not.toHaveProperty('base');
  });

  it('lists copies outside of the data root apart: they count as no replicas', () => {
    const plain = describeInventory(node, list(1), undefined);
    expect(plain.document).not.toContain('outsideCopies');
    const { document, report } = describeInventory(
      node,
      { ...list(1), outsideCopies: [entry(2)] },
      plain.reported,
    );
    expect(JSON.parse(document)).toMatchObject({ entries: [entry(1)], outsideCopies: [entry(2)] });
    expect(report).toMatchObject({ count: 1, added: [], removed: [] });
    expect(report.digest).not.toBe(plain.report.digest);
  });

  it('says how many files still change, and under which drain the scan began', () => {
    const { report } = describeInventory(node, { ...list(1), unsettled: 2 }, undefined, 3);
    expect(report).toMatchObject({ count: 1, unsettled: 2, drainEpoch: 3 });
    expect(describeInventory(node, list(1), undefined).report).not.toHaveProperty('drainEpoch');
  });

  it('tells of unclaimed files and of the configuration that it went by, where they are known', () => {
    const unclaimed = { count: 1, bytes: 5, sample: [{ path: '/workspace/a', bytes: 5 }] };
    const { report } = describeInventory(node, { ...list(1), unclaimed, configDigest: 'c-1' }, undefined);
    expect(report).toMatchObject({ unclaimed, configDigest: 'c-1' });
    const unknown = describeInventory(node, list(1), undefined).report;
    expect(unknown).not.toHaveProperty('unclaimed');
    expect(unknown).not.toHaveProperty('configDigest');
  });

  it('says what came and went since the last report', () => {
    const before = describeInventory(node, list(1, 2), undefined).reported;
    const { report } = describeInventory(node, list(2, 3), before);
    expect(report).toMatchObject({
      base: before.digest,
      added: [entry(3).artifactId],
      removed: [entry(1).artifactId],
    });
  });

  it('leaves the lists out when they would not fit a message', () => {
    const before = describeInventory(node, list(), undefined).reported;
    const many = Array.from({ length: 1001 }, (_, number) => entry(number));
    const { report } = describeInventory(node, { ...nothingElse, entries: many }, before);
    expect(report.base).toBe(before.digest);
    expect(report).not.toHaveProperty('added');
    expect(report).not.toHaveProperty('removed');
  });
});
