import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../agent/config/read-config.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const needed = {
  DROVER_ENROLMENT_URL: 'https://x.example/',
  DROVER_DATA: '/data',
  DROVER_INSTANCE_ID: 'i-1',
};
const configOf = (argv: string[], environment: NodeJS.ProcessEnv) => {
  const wanted = readConfig(argv, environment);
  if (wanted.action !== 'run') throw new Error(`expected a run, not ${wanted.action}`);
  return wanted.config;
};

describe('readConfig', () => {
  it('lets a flag win over a variable and a variable over the file [sync#13-1]', () => {
    const file = join(temporaryFolder(), 'agent.json');
    writeFileSync(file, JSON.stringify({ transfers: 3, slots: 3, role: 'file' }));
    const config = configOf(['--config', file, '--transfers', '5'], {
      ...needed,
      DROVER_TRANSFERS: '4',
      DROVER_SLOTS: '4',
    });
    expect(config).toMatchObject({ transfers: 5, slots: 4, role: 'file', enrolmentUrl: 'https://x.example' });
  });

  it.each([
    { provider: 'vast', variable: 'CONTAINER_ID' },
    { provider: 'runpod', variable: 'RUNPOD_POD_ID' },
  ])('takes the instance id of $provider from $variable', ({ provider, variable }) => {
    const { DROVER_INSTANCE_ID: _, ...rest } = needed;
    expect(configOf(['--provider', provider], { ...rest, [variable]: '4711' }).instanceId).toBe('4711');
  });

  it('reads lists, pairs and switches', () => {
    const config = configOf(['--trains', '--accepts-kinds', 'model,npz', '--labels', 'team=blue,rack=4'], {
      ...needed,
      DROVER_EPHEMERAL: 'false',
    });
    expect(config).toMatchObject({
      trains: true,
      ephemeral: false,
      acceptsKinds: ['model', 'npz'],
      labels: { team: 'blue', rack: '4' },
    });
  });

  it('reads programs as argument vectors and data paths as a list', () => {
    const config = configOf(
      ['--idle-probe', '["/bin/probe","--all now"]', '--data-paths', '/a:/b c'],
      needed,
    );
    expect(config).toMatchObject({
      idleProbe: ['/bin/probe', '--all now'],
      probeSeconds: 10,
      preStopSeconds: 60,
      dataPaths: ['/a', '/b c'],
      proc: '/proc',
      cgroup: '/sys/fs/cgroup',
    });
    expect(configOf([], { ...needed, DROVER_DATA_PATHS: '' }).dataPaths).toEqual([]);
    expect(configOf([], needed)).not.toHaveProperty('dataPaths');
  });

  it.each([
    {
      name: 'nothing at all',
      argv: [],
      environment: {},
      problem: /--enrolment-url \(or DROVER_ENROLMENT_URL\) is needed/,
    },
    {
      name: 'no data folder',
      argv: [],
      environment: { ...needed, DROVER_DATA: undefined },
      problem: /--data .* is needed/,
    },
    { name: 'an unknown flag', argv: ['--dance'], environment: needed, problem: /--dance/ },
    {
      name: 'plain http elsewhere',
      argv: ['--enrolment-url', 'http://x.example'],
      environment: needed,
      problem: /https/,
    },
    {
      name: 'a wrong number',
      argv: ['--transfers', 'many'],
      environment: needed,
      problem: /^--transfers \(or DROVER_TRANSFERS\): must be a whole number, at least 1\. See --help\.$/,
    },
    { name: 'no number of seconds', argv: ['--stall-seconds', '0'], environment: needed, problem: /above 0/ },
    {
      name: 'a flag instead of a value',
      argv: ['--transfers', '-1'],
      environment: needed,
      problem: /--transfers/,
    },
    { name: 'an unknown provider', argv: ['--provider', 'moon'], environment: needed, problem: /--provider/ },
    {
      name: 'lambda without an instance id',
      argv: ['--provider', 'lambda'],
      environment: { ...needed, DROVER_INSTANCE_ID: undefined },
      problem: /--instance-id .* is needed/,
    },
    {
      name: 'a program as a line for a shell',
      argv: ['--idle-probe', '/bin/probe --all'],
      environment: needed,
      problem: /--idle-probe .*JSON array of words/,
    },
    {
      name: 'a program without a word',
      argv: ['--pre-stop-hook', '[]'],
      environment: needed,
      problem: /--pre-stop-hook/,
    },
    {
      name: 'a probe that may take longer than two heartbeats',
      argv: ['--probe-seconds', '61'],
      environment: needed,
      problem: /at most 60/,
    },
    {
      name: 'a relative data path',
      argv: ['--data-paths', 'runs'],
      environment: needed,
      problem: /absolute paths/,
    },
    { name: 'a missing file', argv: ['--config', '/nowhere.json'], environment: needed, problem: /nowhere/ },
  ])('refuses $name in one line that names it', ({ argv, environment, problem }) => {
    expect(() => readConfig(argv, environment)).toThrow(problem);
    expect(() => readConfig(argv, environment)).toThrow(/^[^\n]+$/);
    // A colon or a full stop follows a word, and the hint stands in a sentence of its own.
    expect(() => readConfig(argv, environment)).not.toThrow(/ :|[^.] See --help/);
  });
});
