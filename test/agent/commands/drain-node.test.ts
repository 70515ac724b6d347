import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CommandFailure } from '../../../agent/commands/command-failure.ts';
import { type DrainTools, drainNode } from '../../../agent/commands/drain-node.ts';
import { Journal } from '../../../agent/commands/journal.ts';
import { systemTiming } from '../../../agent/wait.ts';
import { silentLog, temporaryFolder } from '../temporary-folder.ts';

const minutes = (count: number): string => new Date(Date.now() + count * 60_000).toISOString();
const digest = 'd'.repeat(64);
const command = (epoch = 1, drainUntil = minutes(10)) => ({
  schemaVersion: 1 as const,
  commandId: 'c-1',
  nodeId: 'n-0123456789ab',
  attempt: 1,
  issuedAt: minutes(0),
  deadlineAt: minutes(5),
  type: 'drain' as const,
  drainId: `d-${epoch}`,
  epoch,
  drainUntil,
  reason: 'idle',
});

/** A node on which one thing of each sort runs, and that writes down what its drain does. */
const prepare = async (overrides: Partial<DrainTools> = {}) => {
  const path = join(temporaryFolder(), 'commands.jsonl');
  const open = async () => {
    const journal = await Journal.open(path, () => new Date(), silentLog);
    onTestFinished(() => journal.close());
    return journal;
  };
  const journal = await open();
  const steps: string[] = [];
  const running = { commands: 1, transfers: 1, work: 1 };
  let letReceiveReturn: () => void = () => undefined;
  const receive = new Promise<void>((resolve) => {
    letReceiveReturn = resolve;
  });
  const tools: DrainTools = {
    journal,
    bootId: 'boot-1',
    receiveReturned: () => receive,
    busyCommands: () => running.commands,
    transfers: {
      get held() {
        return running.transfers;
      },
    },
    work: {
      get count() {
        return running.work;
      },
      release: ({ message }) => void steps.push(message),
    },
    flush: async () => void steps.push('flush'),
    runHook: async () => void steps.push('hook'),
    reportInventory: async (epoch) => {
      steps.push(`inventory ${epoch}`);
      return digest;
    },
    timing: systemTiming,
    ...overrides,
  };
  const stop = new AbortController();
  return {
    journal,
    open,
    steps,
    running,
    stop,
    letReceiveReturn: () => letReceiveReturn(),
    quiet: () => {
      letReceiveReturn();
      Object.assign(running, { commands: 0, transfers: 0, work: 0 });
    },
    drain: (drainCommand = command(), more: Partial<DrainTools> = {}) =>
      drainNode(drainCommand, { ...tools, ...more }, { signal: stop.signal, onActivity: () => undefined }),
  };
};
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 450));

describe('drainNode', () => {
  it('waits for the receive and for all that runs, then flushes, runs the hook, reports, and acknowledges', async () => {
    const { drain, steps, running, journal, letReceiveReturn } = await prepare();
    const drainCommand = command();
    const draining = drain(drainCommand);
    await pause();
    expect(journal.drain).toMatchObject({ drainId: 'd-1' });
    for (const step of [
      letReceiveReturn,
      () => Object.assign(running, { commands: 0 }),
      () => Object.assign(running, { transfers: 0 }),
    ]) {
      step();
      await pause();
      expect(steps).toEqual([]);
    }
    running.work = 0;

    expect(await draining).toEqual({
      drainId: 'd-1',
      epoch: 1,
      drainUntil: drainCommand.drainUntil,
      inventoryDigest: digest,
      bootId: 'boot-1',
    });
    expect(steps).toEqual(['flush', 'hook', 'inventory 1']);
    expect(journal.drain?.inventoryDigest).toBe(digest);
  });

  it.each([
    ['the flush', { flush: async () => Promise.reject(new CommandFailure('store-refused', 'no')) }],
    ['the hook', { runHook: async () => Promise.reject(new CommandFailure('hook-failed', 'no')) }],
    ['the inventory', { reportInventory: async () => Promise.reject(new Error('a folder cannot be read')) }],
  ])('does not acknowledge when %s fails, and stays drained', async (_what, failing) => {
    const { drain, journal, quiet } = await prepare(failing);
    quiet();
    await expect(drain()).rejects.toThrow();
    expect(journal.drain).toMatchObject({ epoch: 1 });
    expect(journal.drain).not.toHaveProperty('inventoryDigest');
  });

  it('makes the promise longer with a fresh inventory, and does not run the hook again', async () => {
    const { drain, steps, journal, quiet } = await prepare();
    quiet();
    await drain(command(1, minutes(10)));
    const later = minutes(20);
    expect(await drain(command(1, later))).toMatchObject({ drainUntil: later });
    expect(steps).toEqual(['flush', 'hook', 'inventory 1', 'flush', 'inventory 1']);
    expect(journal.drain).toMatchObject({ drainUntil: later, inventoryDigest: digest });
  });

  it('never makes a promise shorter: a late repeat changes nothing', async () => {
    const { drain, journal, quiet } = await prepare();
    quiet();
    const until = minutes(20);
    await drain(command(1, until));
    expect(await drain(command(1, minutes(10)))).toMatchObject({ drainUntil: until });
    expect(journal.drain?.drainUntil).toBe(until);
  });

  it('goes on after a restart in the middle, and remembers an acknowledgement over one', async () => {
    const { drain, open, quiet, steps } = await prepare({
      runHook: async () => Promise.reject(new Error('the agent was killed')),
    });
    quiet();
    const drainCommand = command();
    await expect(drain(drainCommand)).rejects.toThrow('killed');

    const journal = await open();
    expect(journal.drain).not.toHaveProperty('inventoryDigest');
    const runHook = async (): Promise<void> => void steps.push('hook');
    expect(await drain(drainCommand, { journal, bootId: 'boot-2', runHook })).toMatchObject({
      bootId: 'boot-2',
    });
    expect(steps.slice(-3)).toEqual(['flush', 'hook', 'inventory 1']);
    expect((await open()).drain?.inventoryDigest).toBe(digest);
  });

  it('begins anew with a new epoch: what an older one acknowledged says nothing', async () => {
    const { drain, steps, quiet, journal } = await prepare();
    quiet();
    await drain(command(1));
    await drain(command(2), { reportInventory: async () => Promise.reject(new Error('not yet')) }).catch(
      () => undefined,
    );
    expect(steps.filter((step) => step === 'hook')).toHaveLength(2);
    expect(journal.drain).toMatchObject({ epoch: 2 });
    expect(journal.drain).not.toHaveProperty('inventoryDigest');
  });

  it('gives up when it is resumed meanwhile, and does not acknowledge', async () => {
    const { drain, journal, steps } = await prepare();
    const draining = drain();
    await pause();
    await journal.resumed(1);
    await expect(draining).rejects.toMatchObject({ failureClass: 'interrupted' });
    expect(steps).toEqual([]);
  });

  it('ends with its deadline, also while a receive hangs', async () => {
    const { drain, stop } = await prepare();
    const draining = drain();
    await pause();
    stop.abort(new CommandFailure('deadline-passed', 'late'));
    await expect(draining).rejects.toThrow('late');
  });

  it('ignores an older epoch', async () => {
    const { drain, quiet } = await prepare();
    quiet();
    await drain(command(2));
    await expect(drain(command(1))).rejects.toMatchObject({ failureClass: 'invalid-command' });
  });

  it.each([
    [{ work: 'release' as const }, ['the node drains: idle']],
    [{ work: 'finish' as const }, []],
    [{}, []],
  ])('with %j gives running work back as %j, and waits for it', async (more, told) => {
    const { drain, steps, running, letReceiveReturn } = await prepare();
    letReceiveReturn();
    Object.assign(running, { commands: 0, transfers: 0 });
    const draining = drain({ ...command(), ...more });
    await pause();
    expect([...new Set(steps)]).toEqual(told);
    running.work = 0;
    await draining;
    expect(steps).toContain('inventory 1');
  });
});
