import { describe, expect, it } from 'vitest';
import { PermanentError, TransientError } from '../../lib/errors.ts';
import { recordInventory } from '../../lib/nodes/record-inventory.ts';
import { makeArtifact } from '../distribution/fixtures.ts';
import { at, atText, makeNode, NODE_ID } from './fixtures.ts';
import { createReportInstallation, sha256 } from './installation.ts';

const model = makeArtifact({ version: '1' });
const other = makeArtifact({ version: '2' });
const stranger = sha256('not registered');

const createHolder = async () => {
  const installation = createReportInstallation();
  await installation.ports.nodes.create(makeNode());
  await installation.ports.artifacts.register(model);
  await installation.ports.artifacts.register(other);
  const record = async (report: Parameters<typeof recordInventory>[2], seconds: number) => {
    const node = (await installation.ports.nodes.get(NODE_ID)) ?? makeNode();
    return recordInventory(installation.ports, node, report, at(seconds));
  };
  const holders = async (artifactId: string) =>
    (await installation.ports.artifacts.get(artifactId))?.replicaNodeIds;
  return { ...installation, record, holders };
};

describe('recordInventory', () => {
  it('marks known artifacts, counts the others, and points the node at the list', async () => {
    const { ports, putInventory, record, holders } = await createHolder();
    const inventory = putInventory([model.artifactId, stranger]);
    expect(await record(inventory, 10)).toEqual({ kind: 'recorded', added: 1, removed: 0, unknown: 1 });
    expect(await holders(model.artifactId)).toEqual([NODE_ID]);
    expect((await ports.nodes.get(NODE_ID))?.inventory).toEqual({ inventoryAt: atText(10), ...inventory });
  });

  it('believes a delta only against the list that it has; otherwise it reads the lists', async () => {
    const { objects, putInventory, record, holders } = await createHolder();
    const first = putInventory([model.artifactId]);
    const second = putInventory([other.artifactId]);
    await record(first, 10);
    const lie = { ...second, base: sha256('another base'), added: [], removed: [] };
    await record(lie, 20);
    expect(await holders(model.artifactId)).toEqual([]);
    expect(await holders(other.artifactId)).toEqual([NODE_ID]);
    objects.clear();
    const third = { ...first, base: second.digest, added: [model.artifactId], removed: [other.artifactId] };
    expect(await record(third, 30)).toMatchObject({ added: 1, removed: 1 });
  });

  it('reads the whole list of a node whose copies were written off: its delta lacks what it held before', async () => {
    const { ports, putInventory, record, holders } = await createHolder();
    const first = putInventory([model.artifactId]);
    await record(first, 10);
    await ports.nodes.markWriteOff(NODE_ID, atText(10), 'done');
    await ports.artifacts.dropNodeReplica(model.artifactId, NODE_ID);
    const second = putInventory([model.artifactId, other.artifactId]);
    await record({ ...second, base: first.digest, added: [other.artifactId], removed: [] }, 20);
    expect(await holders(model.artifactId)).toEqual([NODE_ID]);
    expect(await holders(other.artifactId)).toEqual([NODE_ID]);
  });

  it('takes in a list when the one before it was lost: one lost document refuses no others', async () => {
    const { objects, putInventory, record, holders } = await createHolder();
    await record(putInventory([model.artifactId]), 10);
    objects.clear();
    const next = { ...putInventory([other.artifactId]), base: sha256('another base') };
    expect(await record(next, 20)).toMatchObject({ kind: 'recorded', added: 1, removed: 0 });
    expect(await holders(other.artifactId)).toEqual([NODE_ID]);
  });

  it('finds an artifact that was registered after the first report of the same list', async () => {
    const { ports, putInventory, record, holders } = await createHolder();
    const late = makeArtifact({ version: '3' });
    const inventory = putInventory([late.artifactId]);
    expect(await record(inventory, 10)).toMatchObject({ added: 0, unknown: 1 });
    await ports.artifacts.register(late);
    expect(await record({ ...inventory, base: inventory.digest }, 20)).toMatchObject({ added: 1 });
    expect(await holders(late.artifactId)).toEqual([NODE_ID]);
  });

  it('writes no mark that is there already', async () => {
    const { ports, putInventory, record } = await createHolder();
    const inventory = putInventory([model.artifactId]);
    await record(inventory, 10);
    const readOnly = {
      ...ports,
      artifacts: { ...ports.artifacts, addNodeReplica: () => Promise.reject(new Error('a needless write')) },
    };
    const node = (await ports.nodes.get(NODE_ID)) ?? makeNode();
    const again = await recordInventory(readOnly, node, { ...inventory, base: inventory.digest }, at(20));
    expect(again).toMatchObject({ kind: 'recorded', added: 1 });
  });

  it('changes nothing for an older list', async () => {
    const { putInventory, record, holders } = await createHolder();
    await record(putInventory([model.artifactId]), 20);
    expect((await record(putInventory([other.artifactId]), 10)).kind).toBe('stale');
    expect(await holders(other.artifactId)).toEqual([]);
  });

  it('comes back when a newer list was faster, instead of leaving its marks', async () => {
    const { ports, putInventory, record } = await createHolder();
    const racing = { ...ports, nodes: { ...ports.nodes, recordInventory: async () => false } };
    await expect(recordInventory(racing, makeNode(), putInventory([]), at(10))).rejects.toThrow(
      TransientError,
    );
    expect((await record(putInventory([]), 10)).kind).toBe('recorded');
  });

  it.each([
    ['is not in the store', async () => ({ drop: true })],
    ['has other bytes', async () => ({ bytes: 'something else' })],
    ['is no inventory', async () => ({ content: '{"schemaVersion":1}' })],
    ['is not JSON', async () => ({ content: 'PK' })],
    ['is another node’s', async () => ({ nodeId: 'n-00000000000b' })],
    ['lies at another key', async () => ({ key: 'artifacts/elsewhere' })],
  ])('refuses a list that %s', async (_what, damage) => {
    const { objects, putInventory, record, holders } = await createHolder();
    const { drop, bytes, content, nodeId, key }: Record<string, string | boolean | undefined> =
      await damage();
    let report = putInventory([model.artifactId], typeof nodeId === 'string' ? nodeId : NODE_ID);
    if (typeof content === 'string') {
      report = { ...report, digest: sha256(content), key: `artifacts/${sha256(content)}` };
      objects.set(report.key, Buffer.from(content));
    }
    if (typeof bytes === 'string') {
      objects.set(report.key, Buffer.from(bytes));
    }
    if (drop === true) {
      objects.clear();
    }
    await expect(record({ ...report, ...(typeof key === 'string' ? { key } : {}) }, 10)).rejects.toThrow(
      PermanentError,
    );
    expect(await holders(model.artifactId)).toEqual([]);
  });
});
