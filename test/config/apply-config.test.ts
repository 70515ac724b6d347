import { describe, expect, it } from 'vitest';
import { createMemoryAuditStore } from '../../lib/audit/memory-audit-store.ts';
import { applyConfig } from '../../lib/config/apply-config.ts';
import type { FleetConfig } from '../../lib/config/fleet-config.ts';
import { createMemoryConfigStore } from '../../lib/config/memory-config-store.ts';
import { randomIds } from '../../lib/ids.ts';
import { atText, createTestClock } from '../nodes/fixtures.ts';
import { makeConfig } from './fixtures.ts';

const prepare = () => {
  const configs = createMemoryConfigStore();
  const audit = createMemoryAuditStore();
  const clock = createTestClock();
  const ports = { configs, audit, clock, ids: randomIds };
  const apply = async (config: FleetConfig, before?: Awaited<ReturnType<typeof configs.current>>) =>
    applyConfig(ports, {
      before: before ?? (await configs.current()),
      config,
      appliedBy: 'arn:op',
      reason: 'a try',
    });
  return { configs, audit, clock, ports, apply };
};

describe('applyConfig', () => {
  it('writes the next version, with an audit row that has the difference and the caller', async () => {
    const { configs, audit, apply } = prepare();
    const config = makeConfig({ idle: { retain: 2 } });
    expect((await apply(config)).version).toBe(1);
    expect(await configs.current()).toEqual({
      version: 1,
      config,
      applied: { appliedAt: atText(0), appliedBy: 'arn:op', reason: 'a try' },
      revision: 1,
    });
    expect(await audit.listBySubject('config:fleet', 5)).toMatchObject([
      {
        actor: 'arn:op',
        action: 'apply-config',
        reason: 'a try',
        evidence: { version: 1, changeCount: 1, changes: [{ path: 'idle.retain', after: '2' }] },
      },
    ]);
  });

  it('writes nothing the second time: neither a version nor a row', async () => {
    const { configs, audit, apply } = prepare();
    await apply(makeConfig({ idle: { retain: 2 } }));
    expect(await apply(makeConfig({ idle: { retain: 2, roles: { worker: {} } } }))).toEqual({
      version: 1,
      changes: [],
    });
    expect(await configs.list(5)).toHaveLength(1);
    expect(await audit.listBySubject('config:fleet', 5)).toHaveLength(1);
  });

  it('replaces only the version that the person saw, and takes its row back', async () => {
    const { configs, audit, clock, apply } = prepare();
    const seen = await configs.current();
    await apply(makeConfig({ idle: { retain: 2 } }));
    clock.advance(1);
    await expect(apply(makeConfig({ idle: { retain: 3 } }), seen)).rejects.toThrow(/changed meanwhile/);
    expect((await configs.current()).config.idle.retain).toBe(2);
    const actions = (await audit.listBySubject('config:fleet', 5)).map(({ action }) => action);
    expect(actions.sort()).toEqual(['apply-config', 'apply-config', 'take-back-apply-config']);
  });

  it('writes no version when its row cannot be written', async () => {
    const { configs, ports } = prepare();
    const audit = {
      ...ports.audit,
      record: async () => {
        throw new Error('no table');
      },
    };
    const request = { before: await configs.current(), config: makeConfig({ idle: { retain: 2 } }) };
    await expect(
      applyConfig({ ...ports, audit }, { ...request, appliedBy: 'op', reason: 'x' }),
    ).rejects.toThrow('no table');
    expect((await configs.current()).version).toBe(0);
  });

  it('refuses what would not fit, and names few of many differences in the row', async () => {
    const { audit, configs, apply } = prepare();
    const roles = (count: number, length: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`r${index}`.padEnd(length, 'x'), { retain: 2 }]),
      );
    await expect(apply(makeConfig({ idle: { roles: roles(2000, 60) } }))).rejects.toThrow(/bytes, at most/);
    expect((await configs.current()).version).toBe(0);
    await apply(makeConfig({ idle: { roles: roles(300, 8) } }));
    const [row] = await audit.listBySubject('config:fleet', 1);
    expect(row?.evidence).toMatchObject({ changeCount: 300 });
    expect(row?.evidence['changes']).toHaveLength(100);
  });
});
