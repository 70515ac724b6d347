import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PermanentError } from '../../lib/errors.ts';
import { checkSender } from '../../lib/nodes/check-sender.ts';
import { parseReport } from '../../lib/nodes/parse-report.ts';
import { recordReport } from '../../lib/nodes/record-report.ts';
import type { Report } from '../../lib/nodes/report.ts';
import { makeArtifact } from '../distribution/fixtures.ts';
import { at, atText, makeHeartbeat, makeNode, NODE_ID } from './fixtures.ts';
import { createReportInstallation, inventoryReport, reportEnvelope, sha256 } from './installation.ts';

const heartbeatReport = (seq: number, overrides: Partial<Report> = {}): Report =>
  parseReport({ ...reportEnvelope(seq), type: 'heartbeat', heartbeat: makeHeartbeat(), ...overrides });

const createEnrolled = async (overrides: Parameters<typeof makeNode>[0] = {}) => {
  const installation = createReportInstallation();
  await installation.ports.nodes.create(makeNode(overrides));
  return installation;
};

describe('checkSender', () => {
  it('believes SQS, not the body: a node speaks only for itself', () => {
    expect(() => checkSender(`AROA1:${NODE_ID}`, 'AROA1', NODE_ID)).not.toThrow();
  });

  it.each([
    ['another node', 'AROA1:n-00000000000b'],
    ['another role', `AROA2:${NODE_ID}`],
    ['a user', 'AIDA1'],
    ['an account', '111122223333'],
    ['a longer session name', `AROA1:${NODE_ID}x`],
    ['nobody', ''],
  ])('refuses %s', (_who, senderId) => {
    expect(() => checkSender(senderId, 'AROA1', NODE_ID)).toThrow(PermanentError);
    expect(() => checkSender(senderId, 'AROA1', NODE_ID)).toThrow(/forged sender/);
  });
});

describe('parseReport', () => {
  it.each([
    ['an unknown type', { type: 'gossip' }, /malformed report: type/],
    ['no boot', { bootId: undefined }, /bootId/],
    [
      'a metric that is no number',
      { heartbeat: { ...makeHeartbeat(), cpuPercent: null } },
      /heartbeat\.cpuPercent/,
    ],
  ])('refuses %s, with its path [events#5-34]', (_what, overrides, message) => {
    expect(() =>
      parseReport({ ...reportEnvelope(1), type: 'heartbeat', heartbeat: makeHeartbeat(), ...overrides }),
    ).toThrow(message);
  });
});

describe('recordReport', () => {
  it('activates a node with its first heartbeat and says so once', async () => {
    const { ports, published } = await createEnrolled();
    await recordReport(ports, heartbeatReport(1), at(10));
    await recordReport(ports, heartbeatReport(2), at(40));
    expect(published).toMatchObject([
      { name: 'NodeActivated', occurredAt: atText(10), fields: { nodeId: NODE_ID } },
    ]);
    expect(await ports.audit.listByAction('activate-node', 9)).toHaveLength(1);
  });

  it('says it again when a crash swallowed it, as the same event [events#1.17-5]', async () => {
    const { ports, published } = await createEnrolled();
    const crashing = {
      ...ports,
      publisher: {
        publish: async () => {
          throw new Error('crashed');
        },
      },
    };
    await expect(recordReport(crashing, heartbeatReport(1), at(10))).rejects.toThrow('crashed');
    await recordReport(ports, heartbeatReport(1), at(10));
    await recordReport(ports, heartbeatReport(1), at(10));
    expect(published.length).toBeGreaterThan(0);
    expect(new Set(published.map(({ eventId }) => eventId)).size).toBe(1);
  });

  const returns = (published: readonly { name: string }[]) =>
    published.filter(({ name }) => name === 'NodeReturned');

  it.each([
    ['300 s', 310, 0],
    ['more than 300 s', 310.001, 1],
  ])('after %s of silence', async (_what, seconds, events) => {
    const { ports, published } = await createEnrolled();
    await recordReport(ports, heartbeatReport(1), at(10));
    await recordReport(ports, heartbeatReport(2), at(seconds));
    expect(returns(published)).toHaveLength(events);
  });

  it('says that a node has returned, once for each silence, also after a crash', async () => {
    const { ports, published } = await createEnrolled();
    await recordReport(ports, heartbeatReport(1), at(10));
    const crashing = {
      ...ports,
      publisher: {
        publish: async () => {
          throw new Error('crashed');
        },
      },
    };
    await expect(recordReport(crashing, heartbeatReport(2), at(900))).rejects.toThrow('crashed');
    await recordReport(ports, heartbeatReport(3), at(930));
    await recordReport(ports, heartbeatReport(2), at(900));
    await recordReport(ports, heartbeatReport(2), at(900));
    await recordReport(ports, heartbeatReport(4), at(2000));
    const events = returns(published);
    expect(events).toMatchObject([
      { occurredAt: atText(900), fields: { nodeId: NODE_ID, silentSince: atText(10) } },
      { occurredAt: atText(900) },
      { occurredAt: atText(2000), fields: { silentSince: atText(930) } },
    ]);
    expect(
      new Set(published.filter(({ name }) => name === 'NodeReturned').map(({ eventId }) => eventId)).size,
    ).toBe(2);
  });

  it("measures age by SQS's clock, whatever the agent's says", async () => {
    const { ports } = await createEnrolled();
    await recordReport(ports, heartbeatReport(1), at(10));
    expect((await ports.nodes.get(NODE_ID))?.heartbeatAt).toBe(atText(10));
  });

  it.each([
    ['revoked', { revokedAt: atText(5) }, /was revoked at/],
    ['terminated', { lifecycle: 'terminated' as const, endedAt: atText(5) }, /which ended at/],
    ['bound to another boot', { bootId: 'boot-2' }, /bound to boot boot-2/],
  ])('refuses a heartbeat of a node that is %s, and changes nothing', async (_what, overrides, message) => {
    const { ports, published } = await createEnrolled(overrides);
    const before = await ports.nodes.get(NODE_ID);
    await expect(recordReport(ports, heartbeatReport(1), at(10))).rejects.toThrow(PermanentError);
    await expect(recordReport(ports, heartbeatReport(1), at(10))).rejects.toThrow(message);
    expect(await ports.nodes.get(NODE_ID)).toEqual(before);
    expect(published).toEqual([]);
  });

  it('refuses reports of a node that never enrolled', async () => {
    const { ports } = createReportInstallation();
    await expect(recordReport(ports, heartbeatReport(1), at(10))).rejects.toThrow(/unknown node/);
  });

  it('refuses an answer to a command that nobody gave', async () => {
    const { ports } = await createEnrolled();
    const progress = { commandId: 'c-none', attempt: 1, bytesDone: 1, bytesTotal: 2 };
    const report = parseReport({ ...reportEnvelope(1), type: 'command-progress', progress });
    await expect(recordReport(ports, report, at(10))).rejects.toThrow(PermanentError);
  });

  it('keeps a termination notice for people to see, once', async () => {
    const { ports } = await createEnrolled();
    const notice = { reason: 'sigterm', deadlineSeconds: 10 };
    const report = parseReport({ ...reportEnvelope(1), type: 'termination-notice', notice });
    await recordReport(ports, report, at(10));
    await recordReport(ports, report, at(10));
    expect(await ports.audit.listBySubject(`node:${NODE_ID}`, 9)).toMatchObject([
      { action: 'termination-notice', reason: 'sigterm', actor: NODE_ID },
    ]);
  });

  it('ends in the same state however often, late and shuffled the reports come', async () => {
    const models = [1, 2, 3, 4].map((version) => makeArtifact({ version: String(version) }));
    const stranger = sha256('not registered');
    const holdings = [[0], [0, 1], [1, 2], [2, 3]].map((held) =>
      held.map((index) => models[index]?.artifactId ?? ''),
    );
    const deliver = async (order: readonly number[]) => {
      const { ports, published, putInventory } = await createEnrolled();
      for (const model of models) {
        await ports.artifacts.register(model);
      }
      const inventories = holdings.map((held) => putInventory([...held, stranger]));
      const reports = inventories.flatMap((inventory, index) => {
        const base = inventories[index - 1]?.digest;
        const before = holdings[index - 1] ?? [];
        const now = holdings[index] ?? [];
        return [
          heartbeatReport(2 * index + 1),
          inventoryReport(2 * index + 2, {
            ...inventory,
            ...(base === undefined ? {} : { base }),
            added: now.filter((id) => !before.includes(id)),
            removed: before.filter((id) => !now.includes(id)),
          }),
        ];
      });
      for (const index of order) {
        const report = reports[index % reports.length];
        if (report !== undefined) {
          await recordReport(ports, report, at(report.seq * 30));
        }
      }
      const {
        revision: _revision,
        activatedAt: _activatedAt,
        ...node
      } = (await ports.nodes.get(NODE_ID)) ?? makeNode();
      const replicas = (await ports.artifacts.getMany(models.map(({ artifactId }) => artifactId)))
        .map(({ version, replicaNodeIds }) => [version, replicaNodeIds])
        .sort();
      return { node, replicas, events: [...new Set(published.map(({ eventId }) => eventId))] };
    };
    const all = Array.from({ length: 8 }, (_, index) => index);
    const expected = await deliver(all);
    expect(expected.replicas).toEqual([
      ['1', []],
      ['2', []],
      ['3', [NODE_ID]],
      ['4', [NODE_ID]],
    ]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(7), { maxLength: 16 }),
        fc.shuffledSubarray(all, { minLength: 8 }),
        async (repeats, order) => {
          const mixed = [...repeats.slice(0, 8), ...order, ...repeats.slice(8)];
          expect(await deliver(mixed)).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    );
  });
});
