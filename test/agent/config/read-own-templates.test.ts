import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../agent/config/read-config.ts';
import { readOwnTemplates } from '../../../agent/config/read-own-templates.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const write = (text: string): string => {
  const path = join(temporaryFolder(), 'templates.yaml');
  writeFileSync(path, text);
  return path;
};

describe("the node's own job templates", () => {
  it.each([
    [
      'YAML',
      'play:\n  jobType: selfplay\n  command: [/opt/play, "--games={games}"]\n  parameters:\n    games: { type: integer }\n',
    ],
    [
      'JSON',
      '{"play":{"jobType":"selfplay","command":["/opt/play","--games={games}"],"parameters":{"games":{"type":"integer"}}}}',
    ],
  ])('are read from %s, with the defaults of the schema', (_format, text) => {
    expect(readOwnTemplates(write(text))).toMatchObject({
      play: { command: ['/opt/play', '--games={games}'], timeLimitSeconds: 7200, maxAttempts: 3 },
    });
  });

  it.each([
    ['no program', 'play:\n  jobType: selfplay\n', ':2:3: play.command: is needed in the file of a node'],
    ['an unknown field', 'play:\n  jobType: x\n  comand: [/a]\n', 'play: Unrecognized key: "comand"'],
    [
      'a placeholder that nothing declares',
      'play:\n  jobType: x\n  command: [/a, "{b}"]\n',
      ':3:17: play.command.1: {b} is',
    ],
    ['a shell line for a list', 'play:\n  jobType: x\n  command: rm -rf\n', ':3:12: play.command'],
    ['a bad name', '1play:\n  jobType: x\n  command: [/a]\n', 'a template name is a letter'],
    ['no mapping', '- a\n', 'expected record'],
    ['broken YAML', 'play: [\n', 'this is no YAML'],
    ['a tab', 'play:\n\tjobType: x\n', 'use blanks'],
  ])('say where in the file there is %s', (_what, text, message) => {
    const path = write(text);
    expect(() => readOwnTemplates(path)).toThrow(message);
    expect(() => readOwnTemplates(path)).toThrow(path);
  });

  it('stop the agent at its start with one line that names the option and the file', () => {
    const flags = [
      '--enrolment-url',
      'https://x.example',
      '--data',
      '/tmp/x',
      '--job-templates',
      '/no/such/file',
    ];
    expect(() => readConfig(flags, {})).toThrow(
      /^--job-templates \(or DROVER_JOB_TEMPLATES\): cannot read \/no\/such\/file: ENOENT[^\n]+ See --help\.$/,
    );
  });
});
