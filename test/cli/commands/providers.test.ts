import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMeter } from '../../../lib/providers/meter.ts';
import { addSeconds } from '../../../lib/time.ts';
import { makeInstance } from '../../providers/fixtures.ts';
import { createTestInstallation } from '../support/test-installation.ts';
import { createTestIo } from '../support/test-io.ts';

const NOW = new Date('2026-11-23T12:00:00.000Z');
const ago = (seconds: number): string => addSeconds(NOW, -seconds).toISOString();
const clock = { now: () => NOW };

/** An API of RunPod's shape that knows one key. */
const server = createServer((request, response) => {
  const isKnown = request.headers.authorization === 'Bearer good-key';
  response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify(isKnown ? { pods: [] } : { title: 'Unauthorized', status: 401, detail: 'no such key' }),
  );
});
let baseUrl = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  baseUrl = typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
});
afterAll(() => server.close());

const login = async (key: string) => {
  const installation = createTestInstallation();
  const done = await installation.run(['providers', 'login', 'runpod'], {
    readSecret: async () => key,
    environment: { PROVIDER_BASE_URL_RUNPOD: baseUrl },
  });
  return { done, stores: installation.stores };
};

describe('drover providers login', () => {
  it('stores a key that can list, audited without it', async () => {
    const { done, stores } = await login(' good-key\n');
    expect(done.exitCode).toBe(0);
    expect(done.out).toContain('0 instances listed');
    expect(done.out).toContain('Give Drover a restricted one');
    expect(await stores.providerSecrets.read('runpod')).toBe('{"apiKey":"good-key"}');
    const [row] = await stores.audit.listByAction('store-provider-key', 5);
    expect(row?.subject).toBe('provider:runpod');
    expect(JSON.stringify([row, done.out])).not.toContain('good-key');
  });

  it('does not store one that cannot, and does not show it', async () => {
    const { done, stores } = await login('bad-key');
    expect(done.exitCode).toBe(1);
    expect(done.error).toContain('the key was not stored');
    expect(done.error).not.toContain('bad-key');
    expect(await stores.providerSecrets.read('runpod')).toBeUndefined();
  });

  it('reads a file, and refuses an empty one', async () => {
    const { folder } = createTestIo();
    const keyFile = join(folder, 'key');
    writeFileSync(keyFile, '\n');
    const { run } = createTestInstallation();
    expect((await run(['providers', 'login', 'vast', '--key-file', keyFile])).exitCode).toBe(2);
    expect((await run(['providers', 'login', 'static'])).exitCode).toBe(2);
  });
});

const prepare = async () => {
  const installation = createTestInstallation();
  const { instances, providerStates, paces } = installation.stores;
  const counts = { listed: 2, running: 1, idleBilling: 1, unmanaged: 0, unknownStatus: 0 };
  const spend = {
    asOf: ago(60),
    microUsdPerHour: 3_580_000,
    dayMicroUsd: 0,
    monthMicroUsd: 0,
    unpricedCount: 1,
  };
  await providerStates.put(
    { provider: 'vast', attemptedAt: ago(30), listedAt: ago(30), listingNumber: 1, counts, spend },
    undefined,
  );
  await providerStates.put(
    {
      provider: 'runpod',
      attemptedAt: ago(30),
      listedAt: ago(900),
      listingNumber: 1,
      failure: { kind: 'transient', message: 'no answer', since: ago(840) },
    },
    undefined,
  );
  const record = (id: string, microUsdPerHour: number, seconds: number) => ({
    instance: makeInstance(id),
    firstSeenAt: ago(seconds),
    misses: 0,
    meter: openMeter({ microUsdPerHour, nodeId: 'n-000000000001', role: 'trainer' }, ago(seconds)),
  });
  await instances.put(record('1', 3_600_000, 7200), undefined);
  await instances.put(
    { ...record('2', 10_000, 7200), instance: makeInstance('2', { status: 'stopped', rawStatus: 'EXITED' }) },
    undefined,
  );
  await paces.put(
    'runpod',
    'list',
    { nextAt: ago(0), failures: 4, breaker: 'open', breakerUntil: ago(-60) },
    undefined,
  );
  return installation;
};

describe('drover providers status', () => {
  it('says how old each listing is, and what costs money for nothing', async () => {
    const { run } = await prepare();
    const done = await run(['providers', 'status'], { clock });
    expect(done.exitCode).toBe(1);
    const lines = done.out.split('\n');
    expect(lines.find((line) => line.startsWith('vast'))).toContain('30 s old');
    expect(lines.find((line) => line.startsWith('runpod'))).toContain('STALE, 15 min old; failing since');
    expect(lines.find((line) => line.startsWith('lambda-labs'))).toContain('never asked');
    expect(done.out).toContain('vast\t2\t\tEXITED\t$0.01/h\tnot running, but billed');
    expect(done.out).toContain('runpod "list": breaker open until');
  });
});

describe('drover cost', () => {
  it('sums what was spent by role, and names the listing that is not fresh', async () => {
    const { run } = await prepare();
    const done = await run(['cost', '--by', 'role', '--since', '1h'], { clock });
    expect(done.exitCode).toBe(0);
    expect(done.out).toContain('trainer\t$3.61\t$3.61/h');
    expect(done.out).toContain('runpod: the listing is stale');
  });
});

describe('drover budget', () => {
  it('is set in dollars and kept in micro-dollars', async () => {
    const { run, stores } = await prepare();
    expect((await run(['budget', 'set', '--per-day', '49.90'])).exitCode).toBe(0);
    expect(await stores.budgets.list()).toEqual([{ scope: 'fleet', dayMicroUsd: 49_900_000, revision: 1 }]);
    expect((await run(['budget', 'show'])).out).toContain('fleet\t$49.90\t');
  });

  it.each([[[]], [['--per-day', '0']], [['--per-day', 'ten']], [['--scope', 'node:x', '--per-day', '5']]])(
    'refuses %j',
    async (args) => {
      const { run } = createTestInstallation();
      expect((await run(['budget', 'set', ...args])).exitCode).toBe(2);
    },
  );
});
