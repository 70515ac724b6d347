import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../lib/config/config-error.ts';
import { MAX_CONFIG_BYTES } from '../../lib/config/fleet-config.ts';
import { readFleetYaml } from '../../lib/config/read-fleet-yaml.ts';
import { makeConfig } from './fixtures.ts';

const problemsIn = (text: string): readonly string[] => {
  try {
    readFleetYaml(text);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

describe('readFleetYaml', () => {
  it.each([
    ['an empty file', ''],
    ['comments only', '# later\n'],
    ['sections whose lines are all commented out', 'idle:\n  providers:\n    # vast: {}\ndata:\n  ignore:\n'],
    ['a byte order mark', '\uFEFFidle: {}\n'],
    ['an end of document', 'idle: {}\n...\n'],
  ])('takes %s for every default', (_what, text) => {
    const { idle, data } = readFleetYaml(text);
    expect({ ...idle, providers: undefined, ...data, ignore: undefined }).toEqual({
      providers: undefined,
      ignore: undefined,
    });
  });

  it('reads what a person writes, with its comments and line ends', () => {
    expect(
      readFleetYaml(
        'idle:\r\n  mode: off # a word, no boolean\r\n  labels:\r\n    team=x: {exempt: true}\r\n    "site=a.b":\r\n      minimumSavingUsdPerHour: 0.50\r\n',
      ),
    ).toEqual(
      makeConfig({
        idle: {
          mode: 'off',
          labels: { 'team=x': { exempt: true }, 'site=a.b': { minimumSavingUsdPerHour: '0.5' } },
        },
      }),
    );
  });

  it.each([
    [
      'an unknown section',
      'idel: {}\n',
      '1:1 idel: there is no "idel" here; did you mean idle? Allowed: idle, health, work, data',
    ],
    [
      'an unknown setting',
      'idle:\n  retian: 1\n',
      '2:3 idle.retian: there is no "retian" here; did you mean retain?',
    ],
    [
      'a display name',
      'idle:\n  providers:\n    Vast.ai: {}\n',
      '3:5 idle.providers."Vast.ai": there is no "Vast.ai" here; did you mean vast?',
    ],
    [
      'a setting in the wrong place',
      'idle:\n  roles:\n    w:\n      mode: off\n',
      '4:7 idle.roles.w.mode: there is no "mode" here; it can stand in idle and idle.providers.<provider>.',
    ],
    [
      'a word that is none of the list',
      'idle:\n  mode: enforced\n',
      '2:9 idle.mode: write one of observe, enforce, off, not "enforced"; did you mean enforce?',
    ],
    [
      'a text for a number',
      'idle:\n  retain: "1"\n',
      '2:11 idle.retain: write a whole number from 0 to 10000, not "1"',
    ],
    [
      'a number with a unit',
      'idle:\n  idleThresholdSeconds: 30m\n',
      '2:25 idle.idleThresholdSeconds: write a whole number from 10 to 2592000, not "30m"',
    ],
    ['a number out of range', 'idle:\n  retain: -1\n', '2:11 idle.retain: at least 0, not -1'],
    [
      'no number at all',
      'idle:\n  retain: .inf\n',
      '2:11 idle.retain: write a whole number from 0 to 10000, not Infinity',
    ],
    [
      'a setting without its value',
      'idle:\n  retain:\n',
      '2:10 idle.retain: write a whole number from 0 to 10000, not nothing',
    ],
    [
      'a word for a truth',
      'idle:\n  roles:\n    w: {exempt: yes}\n',
      '3:17 idle.roles.w.exempt: expected true or false, not "yes"',
    ],
    ['a list for a mapping', 'idle: []\n', '1:7 idle: expected a mapping, not a list'],
    ['a text for a list', 'data:\n  ignore: /a/b\n', '2:11 data.ignore: expected a list, not "/a/b"'],
    [
      'a claim that lacks something',
      'data:\n  claim:\n    - glob: a/*\n      kind: games\n',
      '3:7 data.claim[0].name: is needed: text',
    ],
    [
      'a kind that is none',
      'data:\n  claim:\n    - {glob: a, name: b, kind: modle}\n',
      '3:32 data.claim[0].kind: write one of model, npz, games, checkpoint, other, not "modle"; did you mean model?',
    ],
    [
      'a pattern that fits every file',
      'data:\n  ignore:\n    - "**"\n',
      '3:7 data.ignore[0]: this fits every file',
    ],
    [
      'a label that is none',
      'idle:\n  labels:\n    research: {}\n',
      '3:5 idle.labels.research: write a label as key=value',
    ],
    [
      'a node by its name',
      'idle:\n  nodes:\n    vast-12: {}\n',
      '3:5 idle.nodes.vast-12: a node id is n- and 12 hex digits',
    ],
    [
      'one provider by two names',
      'idle:\n  providers:\n    lambda: {retain: 1}\n    lambda-labs: {retain: 2}\n',
      'idle.providers.lambda: lambda and lambda-labs are one provider',
    ],
    [
      'settings that contradict',
      'idle:\n  drainPeriodSeconds: 2000\n',
      'idle: drainPeriodSeconds (2000) must be less than acknowledgeSeconds (1800)',
    ],
    ['a list at the top', '- idle\n', '1:1 expected a mapping, not a list'],
    ['a text at the top', 'idle\n', '1:1 expected a mapping, not "idle"'],
    ['a name twice', 'idle:\n  retain: 1\n  retain: 2\n', '3:3 retain is written twice in one mapping'],
    ['a tab', 'idle:\n\tretain: 1\n', '2:1 a tab indents this line: use blanks'],
    [
      'an alias',
      'data:\n  ignore:\n    - *.tmp\n',
      '3:7 an alias (*…) is not allowed: write it out, or put quotes around it',
    ],
    ['an anchor', 'idle:\n  retain: &one 1\n', '2:16 an anchor (&…) is not allowed'],
    ['a merge', 'idle:\n  <<: {retain: 1}\n', '2:3 idle."<<": there is no "<<" here'],
    ['a tag of YAML', 'idle:\n  retain: !!int 1\n', '2:17 a tag (!…) has no meaning here'],
    ['a tag of somebody', 'idle:\n  retain: !mine 1\n', '2:11 a tag (!…) has no meaning here'],
    ['an older YAML', '%YAML 1.1\n---\nidle: {}\n', '1:1 a line %YAML has no meaning here'],
    ['two documents', 'idle: {}\n---\ndata: {}\n', '2:1 a second document begins here'],
    ['a number for a name', 'idle:\n  roles:\n    7: {}\n', '3:5 a name is text: put quotes around a number'],
    ['a list for a name', 'idle:\n  ? [a]\n  : 1\n', '2:5 a name is text'],
    ['the prototype', 'idle:\n  roles:\n    __proto__: {exempt: true}\n', '3:5 __proto__ is no name here'],
    ['an open bracket', 'idle: {retain: 1', 'this is no YAML'],
    ['an open quote', 'idle:\n  mode: "off\n', 'this is no YAML'],
    ['a wrong indentation', 'idle:\n  retain: 1\n bad: 2\n', '3:1 this is no YAML'],
    ['control characters', '\u0000\u0001', '1:1 expected a mapping'],
    ['too many levels', '['.repeat(50_000), 'this is nested too deeply'],
  ])('refuses %s, and says where and what is allowed', (_what, text, message) => {
    const problems = problemsIn(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(message);
    expect(problems[0]).toMatch(/^fleet\.yaml:\d+:\d+ /);
  });

  it.each([100, 300, 500, 700])('refuses %i levels, whichever step would give up on them', (depth) => {
    for (const open of ['[', '{a: ']) expect(problemsIn(open.repeat(depth))).toHaveLength(1);
    expect(problemsIn(`${'['.repeat(depth)}${']'.repeat(depth)}`)).toHaveLength(1);
  });

  it('says all that is wrong at once, in the order of the lines', () => {
    expect(problemsIn('data:\n  foo: 1\nidle:\n  retain: x\n  mode: y\n')).toEqual([
      expect.stringContaining('fleet.yaml:2:3 data.foo'),
      expect.stringContaining('fleet.yaml:4:11 idle.retain'),
      expect.stringContaining('fleet.yaml:5:9 idle.mode'),
    ]);
  });

  it('refuses a file that is too large, before it reads it', () => {
    const text = '#'.repeat(MAX_CONFIG_BYTES);
    expect(problemsIn(text)).toEqual([]);
    expect(problemsIn(`${text}#`)).toEqual([
      `fleet.yaml has ${MAX_CONFIG_BYTES + 1} bytes, at most ${MAX_CONFIG_BYTES} are allowed`,
    ]);
  });

  it('counts them, and calls the file as it was called', () => {
    expect(() => readFleetYaml('a: 1\nb: 2\n', 'x/my.yaml')).toThrow(
      /^x\/my\.yaml has 2 problems, so nothing was applied: x\/my\.yaml:1:1 a: .*; x\/my\.yaml:2:1 b: /,
    );
  });
});
