import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { CliIo } from '../../../cli/io.ts';
import { nodeIdOf, sampleNode } from '../support/samples.ts';
import { createTestInstallation, OPERATOR } from '../support/test-installation.ts';
import { createTestIo } from '../support/test-io.ts';

const prepare = () => {
  const installation = createTestInstallation();
  const { folder } = createTestIo();
  const file = join(folder, 'fleet.yaml');
  /** Writes the text and applies it. */
  const apply = (text: string, flags: readonly string[] = ['--yes'], changes: Partial<CliIo> = {}) => {
    writeFileSync(file, text);
    return installation.run(['apply', file, ...flags], changes);
  };
  const policy = (...args: string[]) => installation.run(['policy', ...args]);
  const version = async () => (await installation.stores.configs.current()).version;
  return { ...installation, file, apply, policy, version };
};

const terminal = (answer: boolean) => {
  const questions: string[] = [];
  const confirm = async (question: string) => {
    questions.push(question);
    return answer;
  };
  return { questions, io: { interactive: true, confirm } };
};

describe('drover apply', () => {
  it('shows the difference, asks, and makes it hold', async () => {
    const { apply, stores } = prepare();
    const yes = terminal(true);
    const done = await apply('idle:\n  retain: 2\n', ['--reason', 'first'], yes.io);
    expect(done.exitCode).toBe(0);
    expect(done.error).toContain('idle.retain\t-\t2');
    expect(yes.questions).toEqual(['Apply this change to version 0 of stage test?']);
    expect(done.out).toContain('Version 1 is applied');
    expect(await stores.configs.current()).toMatchObject({
      version: 1,
      config: { idle: { retain: 2 } },
      applied: { appliedBy: OPERATOR, reason: 'first' },
    });
    expect((await stores.audit.listBySubject('config:fleet', 1))[0]?.actor).toBe(OPERATOR);
  });

  it('writes nothing when the answer is no, when there is nobody to ask, and for a dry run', async () => {
    const { apply, version } = prepare();
    const no = await apply('idle:\n  retain: 2\n', [], terminal(false).io);
    expect([no.exitCode, no.out]).toEqual([0, 'Nothing was applied.\n']);
    const nobody = await apply('idle:\n  retain: 2\n', []);
    expect([nobody.exitCode, nobody.error]).toEqual([2, expect.stringContaining('Say --yes')]);
    const dry = await apply('idle:\n  retain: 2\n', ['--dry-run']);
    expect([dry.exitCode, dry.out]).toEqual([0, expect.stringContaining('idle.retain\t-\t2')]);
    expect(await version()).toBe(0);
  });

  it('says so when there is nothing to change, and writes nothing', async () => {
    const { apply, version, stores } = prepare();
    await apply('idle:\n  retain: 2\n');
    const again = await apply('# the same\nidle: {retain: 2, roles: {}}\n', []);
    expect([again.exitCode, again.out]).toEqual([0, 'Nothing to change: version 1 says the same.\n']);
    expect(await version()).toBe(1);
    expect(await stores.audit.listBySubject('config:fleet', 5)).toHaveLength(1);
  });

  it('warns loudly of a mode that becomes enforce, and under --json in the document', async () => {
    const { apply } = prepare();
    const text = 'idle:\n  providers:\n    vast: {mode: enforce}\n';
    const warning = 'vast becomes ENFORCE: idle instances there will be ended, with their disks';
    expect((await apply(text, ['--dry-run'])).out).toContain(`WARNING: ${warning}.`);
    const done = await apply(text, ['--yes', '--json']);
    expect(done.json()).toEqual({
      applied: true,
      version: 1,
      changes: [{ path: 'idle.providers.vast.mode', after: '"enforce"' }],
      dangers: [warning],
    });
  });

  it('shows people one line per problem, and scripts all in one message', async () => {
    const { apply, version, file } = prepare();
    const text = 'idle:\n  mod: off\n  retain: x\n';
    const people = await apply(text);
    expect(people.exitCode).toBe(1);
    expect(people.error.split('\n')).toEqual([
      expect.stringContaining(`${file}:2:3 idle.mod: there is no "mod" here; did you mean mode?`),
      expect.stringContaining(`${file}:3:11 idle.retain: write a whole number`),
      `drover: ${file} has 2 problems, so nothing was applied`,
      '',
    ]);
    const script = await apply(text, ['--yes', '--json']);
    expect(JSON.parse(script.error).error.message).toMatch(/2 problems.*:2:3 .*; .*:3:11 /);
    expect(await version()).toBe(0);
  });

  it('refuses a file that is not there', async () => {
    const { run } = prepare();
    const done = await run(['apply', '/nowhere/fleet.yaml', '--yes']);
    expect([done.exitCode, done.error]).toEqual([2, expect.stringContaining('cannot be read')]);
  });
});

describe('drover policy', () => {
  it('edits one place, and the next apply of the file shows that as a difference', async () => {
    const { apply, policy, version } = prepare();
    await apply('idle:\n  retain: 2\n');
    const set = await policy('set', 'idle.roles.trainer.exempt', 'true', '--reason', 'a long run');
    expect([set.exitCode, await version()]).toEqual([0, 2]);
    const again = await apply('idle:\n  retain: 2\n', ['--dry-run']);
    expect(again.out).toContain('idle.roles.trainer.exempt\ttrue\t-');
    expect(again.out).toContain('WARNING: idle.roles.trainer.exempt goes');
    const unset = await policy('unset', 'idle.retain', '--reason', 'enough');
    expect([unset.exitCode, await version()]).toEqual([0, 3]);
    expect((await policy('set', 'idle.roles.trainer.exempt', 'true', '--reason', 'again')).out).toContain(
      'Nothing to change',
    );
  });

  it('asks before what cannot be undone', async () => {
    const { run, policy, version } = prepare();
    const words = ['set', 'idle.mode', 'enforce', '--reason', 'ready'];
    const nobody = await policy(...words);
    expect([nobody.exitCode, nobody.error]).toEqual([2, expect.stringContaining('ENFORCE')]);
    await run(['policy', ...words], terminal(false).io);
    expect(await version()).toBe(0);
    const yes = terminal(true);
    await run(['policy', ...words], yes.io);
    expect([yes.questions.length, await version()]).toEqual([1, 1]);
    await policy('set', 'idle.mode', 'off', '--reason', 'stop');
    await policy(...words, '--yes');
    expect(await version()).toBe(3);
  });

  it.each([
    [['set', 'idle.mod', 'off', '--reason', 'x'], 'did you mean mode?'],
    [['set', 'idle.providers.vasst.mode', 'off', '--reason', 'x'], 'did you mean vast?'],
    [['set', 'idle.mode', 'of', '--reason', 'x'], 'did you mean off?'],
    [['set', 'idle..mode', 'off', '--reason', 'x'], 'is no path'],
    [['set', 'idle.mode', 'off'], '--reason is needed'],
    [['unset', 'idle.retain', '--reason', 'x'], 'idle.retain is not set'],
    [['unset', 'idle.retian', '--reason', 'x'], 'did you mean retain?'],
    [['show', 'idle.retian'], 'did you mean retain?'],
    [['show', 'idle', '--effective', nodeIdOf(1)], 'not both'],
    [['show', '--effective', 'vast-1'], 'a node id is'],
    [['history', '--limit', '0'], 'whole number'],
  ])('calls %j a wrong command line', async (words, message) => {
    const { policy, version } = prepare();
    const done = await policy(...words);
    expect([done.exitCode, done.error]).toEqual([2, expect.stringContaining(message)]);
    expect(await version()).toBe(0);
  });

  it('shows what is written, a part of it, and an earlier version', async () => {
    const { apply, policy } = prepare();
    expect((await policy('show')).out).toBe('Nothing is set.\n');
    await apply('idle:\n  retain: 2\n  providers: {lambda: {retain: 3}}\n', ['--yes', '--reason', 'one']);
    await apply('idle:\n  retain: 4\n');
    const first = await policy('show', '--at', '1');
    expect(first.out).toBe('idle:\n  retain: 2\n  providers:\n    lambda-labs:\n      retain: 3\n');
    expect(first.error).toMatch(/^Version 1, applied .* by arn:.*: one\n$/);
    expect((await policy('show', 'idle.providers', '--at', '1')).out).toBe('lambda-labs:\n  retain: 3\n');
    expect((await policy('show', '--json')).json()).toMatchObject({
      version: 2,
      config: { idle: { retain: 4 } },
    });
    expect((await policy('show', '--at', '3')).exitCode).toBe(1);
    expect((await policy('show', 'idle.mode')).error).toContain('is not set in version 2');
  });

  it('shows what holds for a node, and where each value comes from', async () => {
    const { apply, policy, stores } = prepare();
    await stores.nodes.create(sampleNode(1, { provider: 'vast', role: 'trainer', labels: { team: 'x' } }));
    await apply(
      'idle:\n  retain: 2\n  roles:\n    trainer: {exempt: true}\n  labels:\n    team=x: {minimumSamples: 4}\n',
    );
    const { out } = await policy('show', '--effective', nodeIdOf(1));
    expect(out).toContain('retain\t2\tidle\n');
    expect(out).toContain('exempt\ttrue\tidle.roles.trainer\n');
    expect(out).toContain('minimumSamples\t4\tidle.labels."team=x"\n');
    expect(out).toContain('drainPeriodSeconds\t180\tbuilt-in\n');
    expect(out).toContain('provider vast, role trainer, labels team=x');
    const { settings } = z
      .object({ settings: z.array(z.object({ setting: z.string(), from: z.string() })) })
      .parse((await policy('show', '--effective', nodeIdOf(1), '--json')).json());
    expect(settings).toHaveLength(17);
    expect((await policy('show', '--effective', nodeIdOf(2))).exitCode).toBe(1);
  });

  it('lists every version, the newest first, with who and why', async () => {
    const { apply, policy } = prepare();
    expect((await policy('history')).out).toContain('every default holds');
    await apply('idle:\n  retain: 2\n', ['--yes', '--reason', 'one']);
    await policy('set', 'idle.retain', '3', '--reason', 'two');
    const lines = (await policy('history')).out.trimEnd().split('\n');
    expect(lines.map((line) => line.split('\t').filter((_cell, index) => index !== 1))).toEqual([
      ['VERSION', 'BY', 'REASON'],
      ['2', OPERATOR, 'two'],
      ['1', OPERATOR, 'one'],
    ]);
    expect((await policy('history', '--limit', '1', '--json')).json()).toMatchObject({
      versions: [{ version: 2 }],
    });
  });
});
