import { describe, expect, it } from 'vitest';
import { type HeartbeatSources, takeHeartbeat } from '../../../agent/metrics/heartbeat.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

const take = (root: string, overrides: Partial<HeartbeatSources> = {}) =>
  takeHeartbeat({
    root,
    slots: () => ({ total: 2, free: 1 }),
    work: () => [],
    jobTemplates: () => ({}),
    uptimeSeconds: () => 5,
    cpuPercent: async () => undefined,
    readXids: async () => undefined,
    sshSessions: async () => undefined,
    probe: async () => undefined,
    configDigest: () => undefined,
    failedTransfers: () => 0,
    readGpus: async () => ({ kind: 'failed', error: new Error('no driver') }),
    runningCommandIds: () => [],
    activeTransfers: () => 0,
    unflushedBytes: () => undefined,
    oldestPutSeconds: () => undefined,
    drain: () => undefined,
    log,
    ...overrides,
  });

const drain = { drainId: 'd', epoch: 3, drainUntil: '2026-11-20T10:00:00.000Z' };

describe('takeHeartbeat', () => {
  it('leaves out what could not be read or is not known, never 0 [health-and-idle#12-5]', async () => {
    const heartbeat = await take('/nowhere/at/all');
    for (const field of ['disk', 'gpus', 'xid', 'cpuPercent', 'sshSessions', 'probe', 'unflushedBytes']) {
      expect(heartbeat).not.toHaveProperty(field);
    }
    expect(heartbeat).not.toHaveProperty('configDigest');
  });

  it('tells of more than GPUs: CPU, logins, the word of a probe [health-and-idle#12-8]', async () => {
    const readXids = async (busIds: readonly string[]) => ({ count: busIds.length, lastCode: 79 });
    const heartbeat = await take(temporaryFolder(), {
      cpuPercent: async () => 0,
      sshSessions: async () => 0,
      readGpus: async () => ({ kind: 'read', gpus: [{ index: 0 }], busIds: ['0:1:0.0'] }),
      readXids,
      probe: async () => ({ verdict: 'idle', detail: 'the probe says so' }),
      configDigest: () => 'c-1',
      unflushedBytes: () => 0,
      failedTransfers: () => 3,
    });
    expect(heartbeat).toMatchObject({
      cpuPercent: 0,
      sshSessions: 0,
      gpus: [{ index: 0 }],
      xid: { count: 1, lastCode: 79 },
      probe: { verdict: 'idle' },
      configDigest: 'c-1',
      unflushedBytes: 0,
      failedTransfers: 3,
      mode: 'active',
    });
  });

  it('counts no errors of GPUs whose places it does not know: they could be of another tenant', async () => {
    const heartbeat = await take(temporaryFolder(), {
      readGpus: async () => ({ kind: 'read', gpus: [{ index: 0 }], busIds: [] }),
      readXids: async () => ({ count: 0 }),
    });
    expect(heartbeat).not.toHaveProperty('xid');
  });

  it('says that a drain holds, and acknowledges it only with an inventory', async () => {
    const root = temporaryFolder();
    const { drainId, epoch, drainUntil } = drain;
    expect(await take(root, { drain: () => drain })).toMatchObject({
      mode: 'draining',
      slots: { free: 0 },
      drain: { drainId, epoch, drainUntil, acknowledged: false },
    });
    const acknowledged = { ...drain, inventoryDigest: 'a'.repeat(64) };
    expect(await take(root, { drain: () => acknowledged })).toMatchObject({ drain: { acknowledged: true } });
  });
});
