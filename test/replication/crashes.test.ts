import { describe, expect, it } from 'vitest';
import type { RepairPorts } from '../../lib/replication/repair-ports.ts';
import { repairReplication } from '../../lib/replication/repair-replication.ts';
import { beat, nodeIdOf } from '../distribution/fixtures.ts';
import { inStore, makeHolder, makeInstallation, onNodes } from './fixtures.ts';

const config = { targetNodeCopies: 1 };

/** Dies at the call with this number, and at every one after it. */
const dying = <Port extends object>(port: Port, calls: { made: number; readonly until: number }): Port =>
  new Proxy(port, {
    get: (target, name, receiver) => {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function') return member;
      return async (...given: unknown[]) => {
        calls.made += 1;
        if (calls.made >= calls.until) throw new Error('the function died');
        return Reflect.apply(member, target, given);
      };
    },
  });

/** A cycle that dies at its call number `until`; then the minutes of half an hour, in which nobody dies. */
const crashAt = async (until: number) => {
  const [pushed, pulled, gone] = [onNodes('pushed', 1), inStore('pulled'), onNodes('gone')];
  const installation = await makeInstallation(
    [1, 2].map((index) => makeHolder(index)),
    [pushed, pulled, gone],
  );
  const { fleet, ports } = installation;
  const calls = { made: 0, until };
  const mortal: RepairPorts = {
    ...ports,
    nodes: dying(ports.nodes, calls),
    artifacts: dying(ports.artifacts, calls),
    deliveries: dying(ports.deliveries, calls),
    commands: dying(ports.commands, calls),
    sender: dying(ports.sender, calls),
    records: dying(ports.records, calls),
    audit: dying(ports.audit, calls),
    publisher: dying(ports.publisher, calls),
  };
  await repairReplication(mortal, config, true).catch(() => undefined);
  for (let minute = 0; minute < 20; minute += 1) {
    fleet.clock.advance(60);
    for (const index of [1, 2]) {
      const node = await fleet.nodes.get(nodeIdOf(index));
      if (node !== undefined) await beat(fleet, node, (node.heartbeatSeq ?? 0) + 1);
    }
    await repairReplication(ports, config, true);
  }
  return { calls, fleet, ports, pushed, pulled, gone };
};

describe('a cycle of repair that dies', () => {
  it('is finished by the next ones, wherever it died', async () => {
    let deaths = 0;
    for (let until = 1; ; until += 1) {
      const { calls, fleet, ports, pushed, pulled, gone } = await crashAt(until);
      const where = `dead at call ${until}`;
      const pushes = fleet.sender.sent.filter(
        (command) => command.type === 'push' && command.artifactId === pushed.artifactId,
      );
      expect(pushes.length, where).toBeGreaterThan(0);
      expect(await fleet.deliveries.listByArtifact(pulled.artifactId), where).toHaveLength(1);
      expect(await fleet.artifacts.getMarked(gone.artifactId), where).toMatchObject({
        mark: { state: 'lost', toldAt: expect.any(String) },
      });
      const told = fleet.publisher.published.filter(({ name }) => name === 'ArtifactLost');
      expect(new Set(told.map(({ eventId }) => eventId)).size, where).toBe(1);
      expect((await ports.records.report())?.lost, where).toBe(1);
      if (calls.made < until) break;
      deaths += 1;
    }
    expect(deaths).toBeGreaterThan(20);
  });
});
