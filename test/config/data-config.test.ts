import picomatch from 'picomatch';
import { describe, expect, it } from 'vitest';
import { nodeConfigurationSchema } from '../../lib/commands/node-configuration.ts';
import { BUILT_IN_IGNORE } from '../../lib/config/built-in-ignore.ts';
import { dataConfigSchema } from '../../lib/config/data-config.ts';
import { nodeConfigurationOf } from '../../lib/config/node-configuration-of.ts';
import { makeConfig, problemsOf } from './fixtures.ts';

const claim = { glob: 'games/**/*.npz', kind: 'games' as const, name: 'selfplay' };
const configurationOf = (data: Parameters<typeof makeConfig>[0], role = 'worker') =>
  nodeConfigurationOf(makeConfig(data), { nodeId: 'n-0123456789ab', provider: 'static', role });

describe('nodeConfigurationOf', () => {
  it('ignores the built-in list and claims nothing when nothing is written', () => {
    expect(configurationOf({})).toEqual({
      digest: expect.stringMatching(/^[0-9a-f]{24}$/),
      claim: [],
      ignore: BUILT_IN_IGNORE,
    });
  });

  it('adds what a role has: its claims first, because the first that fits counts', () => {
    const own = { ...claim, glob: 'games/old/*', name: 'archive', labels: { board: 'hex8' } };
    const data = {
      builtInIgnore: false,
      claim: [claim],
      ignore: ['/scratch/**'],
      roles: { trainer: { claim: [own], ignore: ['/tmp/t/**', '/scratch/**'] } },
    };
    expect(configurationOf({ data }, 'trainer')).toMatchObject({
      claim: [own, claim],
      ignore: ['/scratch/**', '/tmp/t/**'],
    });
    for (const role of ['worker', 'constructor'])
      expect(configurationOf({ data }, role)).toMatchObject({ claim: [claim], ignore: ['/scratch/**'] });
  });

  it('has the same digest for the same content, and another for any other', () => {
    const digest = (data: Parameters<typeof makeConfig>[0], role?: string) =>
      configurationOf(data, role).digest;
    expect(digest({ idle: { retain: 3 } })).toBe(digest({}));
    expect(digest({ data: { roles: { trainer: {} } } }, 'trainer')).toBe(digest({}));
    expect(digest({ data: { ignore: ['/a/b'] } })).not.toBe(digest({}));
    expect(digest({ data: { claim: [claim] } })).not.toBe(digest({}));
  });

  it('is always one that a command can carry', () => {
    const many = Array.from({ length: 400 }, (_, index) => `/scratch/${index}`);
    expect(nodeConfigurationSchema.safeParse(configurationOf({ data: { ignore: many } })).success).toBe(true);
  });
});

describe('dataConfigSchema', () => {
  it.each([
    ['everything', '**'],
    ['everything', '/**/*'],
    ['everything at home', '~/**'],
    ['everything by a class', '/**/[a-z]*'],
    ['everything hidden', '**/.*'],
    ['the home itself', '~'],
    ['the root', '/'],
    ['the opposite of a pattern', '!/keep/**'],
    ['alternatives', '*.{log,**}'],
    ['an extended pattern', '/data/!(keep)'],
    ['a way upwards', '/data/../**'],
    ['the home of somebody else', '~root/x'],
    ['a line break', '/data/\nx'],
    ['nothing', ''],
  ])('does not ignore %s: %j', (_what, glob) => {
    expect(problemsOf(dataConfigSchema, { ignore: [glob] }).join()).toContain('ignore.0');
  });

  it.each(['*.tmp', '/scratch/**', '~/.config/app/**', 'runs/?/log-[0-9].txt', '/**/.git/index'])(
    'ignores %s',
    (glob) => {
      expect(problemsOf(dataConfigSchema, { ignore: [glob] })).toEqual([]);
    },
  );

  it('claims all files of a folder, but no opposite of a pattern', () => {
    expect(problemsOf(dataConfigSchema, { claim: [{ ...claim, glob: '**' }] })).toEqual([]);
    expect(problemsOf(dataConfigSchema, { claim: [{ ...claim, glob: '!x' }] })).not.toEqual([]);
    expect(problemsOf(dataConfigSchema, { claim: [{ ...claim, kind: 'weights' }] })).not.toEqual([]);
    expect(problemsOf(dataConfigSchema, { claim: [{ ...claim, name: 'a/b' }] })).not.toEqual([]);
    expect(problemsOf(dataConfigSchema, { claim: [{ glob: 'x' }] })).not.toEqual([]);
  });

  it('counts what holds for a role together: no node is told half a list', () => {
    const names = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => `/scratch/${from + index}`);
    const room = 500 - BUILT_IN_IGNORE.length;
    expect(problemsOf(dataConfigSchema, { ignore: names(0, room) })).toEqual([]);
    expect(problemsOf(dataConfigSchema, { ignore: names(0, room + 1) }).join()).toMatch(
      /^ignore: 501 entries/,
    );
    expect(
      problemsOf(dataConfigSchema, {
        ignore: names(0, room),
        roles: { trainer: { ignore: names(room, room + 1) } },
      }).join(),
    ).toMatch(/^roles.trainer.ignore: 501 entries/);
    expect(problemsOf(dataConfigSchema, { claim: Array(101).fill(claim) }).join()).toMatch(/at most 100/);
  });
});

describe('the built-in ignore list', () => {
  const isIgnored = picomatch(
    BUILT_IN_IGNORE.map((glob) => glob.replace(/^~/, '/root')),
    { dot: true },
  );

  it('is one that fleet.yaml could say', () => {
    expect(problemsOf(dataConfigSchema, { ignore: BUILT_IN_IGNORE })).toEqual([]);
  });

  it.each([
    '/root/.bash_history',
    '/root/.python_history',
    '/root/.ssh/authorized_keys',
    '/root/.cache/huggingface/hub/models--x/blobs/1',
    '/root/.ipython/profile_default/history.sqlite',
    '/workspace/app/node_modules/a/.bin/b',
    '/workspace/app/__pycache__/m.cpython-312.pyc',
    '/workspace/app/.venv/bin/python',
    '/opt/venv/lib/python3.12/site-packages/torch/__init__.py',
    '/workspace/app/.git/index',
    '/workspace/.ipynb_checkpoints/a-checkpoint.ipynb',
  ])('has %s', (path) => {
    expect(isIgnored(path)).toBe(true);
  });

  it.each([
    ['a file of a working tree', '/workspace/app/train.py'],
    ['a commit that was not pushed', '/workspace/app/.git/objects/ab/cdef'],
    ['a branch', '/workspace/app/.git/refs/heads/try'],
    ['a stash', '/workspace/app/.git/refs/stash'],
    ['the log of a training', '/workspace/runs/1/train.log'],
    ['an offline run', '/workspace/app/wandb/offline-run-1/run.wandb'],
    ['unsaved edits', '/workspace/app/.train.py.swp'],
    ['a notebook', '/root/analysis.ipynb'],
    ['a checkpoint', '/root/data/checkpoints/last.pt'],
    ['settings', '/root/.config/app/settings.json'],
    ['a dotfile', '/root/.vimrc'],
    ['a folder that only begins so', '/workspace/.venv-results/a.npz'],
  ])('has not %s: it may be the only copy', (_what, path) => {
    expect(isIgnored(path)).toBe(false);
  });
});
