import { describe, expect, it } from 'vitest';
import { takeHeartbeat } from '../../../agent/metrics/heartbeat.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

const take = (root: string, activeTransfers = 0) =>
  takeHeartbeat({
    root,
    slots: 2,
    uptimeSeconds: () => 5,
    cpuPercent: async () => undefined,
    readXids: async () => undefined,
    sshSessions: async () => undefined,
    probe: () => undefined,
    failedTransfers: () => 0,
    readGpus: async () => ({ kind: 'failed', error: new Error('no driver') }),
    runningCommandIds: () => [],
    activeTransfers: () => activeTransfers,
    drain: () => ({ drainId: 'd', epoch: 3, drainUntil: '2026-11-20T10:00:00.000Z' }),
    log,
  });

describe('takeHeartbeat', () => {
  it('says that nothing of a log waits: the agent keeps none', async () => {
    expect(await take(temporaryFolder())).toMatchObject({ unflushedBytes: 0 });
  });

  it('leaves out what could not be read', async () => {
    const heartbeat = await take('/nowhere/at/all');
    expect(heartbeat).not.toHaveProperty('disk');
    expect(heartbeat).not.toHaveProperty('gpus');
    expect(heartbeat).not.toHaveProperty('cpuPercent');
  });

  it('acknowledges a drain only when no transfer runs', async () => {
    const root = temporaryFolder();
    expect(await take(root, 1)).toMatchObject({ mode: 'draining', drain: { epoch: 3, acknowledged: false } });
    expect(await take(root, 0)).toMatchObject({ slots: { free: 0 }, drain: { acknowledged: true } });
  });
});
