import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../lib/config/config-error.ts';
import { readFleetYaml } from '../../../lib/config/read-fleet-yaml.ts';
import { convertEnv } from '../../../lib/migration/config/convert-env.ts';
import { renderFleetYaml } from '../../../lib/migration/config/render-conversion.ts';

const fromFile = (text: string) => convertEnv({ file: 'daemons.env', text });
const problemsOf = (text: string): readonly string[] => {
  try {
    fromFile(text);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

const WHOLE = `# the idle daemons
export LAMBDA_IDLE_ENABLED=true
LAMBDA_IDLE_THRESHOLD=1800   # seconds
LAMBDA_IDLE_UTIL_THRESHOLD="7.5"
LAMBDA_MIN_NODES=2
LAMBDA_DRAIN_PERIOD='300'
LAMBDA_MIN_SAVINGS=1.50
LAMBDA_WORK_THRESHOLD=5
LAMBDA_IDLE_CHECK_INTERVAL=60
LAMBDA_CHECK_WORK=true
LAMBDA_LABEL_FILTER=ringrift
LAMBDA_PRIORITIZE_EXPENSIVE=true
VAST_IDLE_ENABLED=false
RUNPOD_IDLE_DRY_RUN=true
VAST_IDLE_DRY_RUN=false
VULTR_IDLE_THRESHOLD=1800
LAMBDA_API_KEY=secret_hunter2
RINGRIFT_LAMBDA_IDLE_DURATION=1800
RINGRIFT_AUTO_SYNC_INTERVAL=60
RINGRIFT_REPLICATION_TARGET=3
RINGRIFT_S3_SECRET_ACCESS_KEY=hunter2
RINGRIFT_SOMETHING=1
RUNPOD_IDLE_THRESHOLD=
`;

describe('convertEnv', () => {
  const whole = fromFile(WHOLE);

  it('understands every variable of the idle daemons, and ends nothing by itself', () => {
    expect(readFleetYaml(renderFleetYaml(whole, 'it')).idle).toEqual({
      providers: {
        'lambda-labs': {
          mode: 'observe',
          idleThresholdSeconds: 1800,
          gpuIdlePercent: 7.5,
          retain: 2,
          drainPeriodSeconds: 300,
          minimumSavingUsdPerHour: '1.5',
          pendingWorkLimit: 5,
        },
        vast: { mode: 'off' },
        runpod: { mode: 'observe' },
      },
    });
  });

  it('lists each that has no equivalent, with why, and no value of any', () => {
    expect(whole.leftovers.map(({ key, kind }) => `${key} ${kind}`)).toEqual([
      'LAMBDA_IDLE_ENABLED changed',
      'LAMBDA_IDLE_UTIL_THRESHOLD changed',
      'LAMBDA_MIN_NODES changed',
      'LAMBDA_IDLE_CHECK_INTERVAL no-equivalent',
      'LAMBDA_CHECK_WORK no-equivalent',
      'LAMBDA_LABEL_FILTER no-equivalent',
      'LAMBDA_PRIORITIZE_EXPENSIVE no-equivalent',
      'VAST_IDLE_DRY_RUN no-equivalent',
      'VULTR_IDLE_THRESHOLD no-equivalent',
      'LAMBDA_API_KEY secret',
      'RINGRIFT_LAMBDA_IDLE_DURATION no-equivalent',
      'RINGRIFT_AUTO_SYNC_INTERVAL no-equivalent',
      'RINGRIFT_REPLICATION_TARGET no-equivalent',
      'RINGRIFT_S3_SECRET_ACCESS_KEY secret',
      'RINGRIFT_SOMETHING unknown',
      'RUNPOD_IDLE_THRESHOLD no-equivalent',
    ]);
    expect(JSON.stringify(whole)).not.toContain('hunter2');
  });

  it("takes of a process only what is the old daemons', and names it", () => {
    const { fleet, leftovers } = convertEnv({
      environment: {
        PATH: '/bin',
        AWS_SECRET_ACCESS_KEY: 'x',
        VAST_IDLE_THRESHOLD: '900',
        VAST_IDEL_THRESHOLD: '1',
      },
    });
    expect(fleet).toEqual({ idle: { providers: { vast: { idleThresholdSeconds: 900 } } } });
    expect(leftovers).toMatchObject([
      {
        key: 'VAST_IDEL_THRESHOLD',
        source: 'environment',
        why: expect.stringContaining('did you mean VAST_IDLE_THRESHOLD'),
      },
    ]);
  });

  it.each([
    [
      'a word instead of a number',
      'VAST_IDLE_THRESHOLD=soon\n',
      'daemons.env:1:1 VAST_IDLE_THRESHOLD: write a number',
    ],
    [
      'a word instead of a switch',
      'A=1\n  export VAST_IDLE_ENABLED=yes\n',
      'daemons.env:2:10 VAST_IDLE_ENABLED: ',
    ],
    ['a line that is none', 'A=1\n\n  nonsense\n', 'daemons.env:3:3 write NAME=value on a line of its own'],
    ['a variable that comes twice', 'A=1\nA=2\n', 'daemons.env:2:1 A is written twice'],
    [
      'a value out of range',
      'VAST_IDLE_UTIL_THRESHOLD=250\n',
      'daemons.env:1:1 becomes idle.providers.vast.gpuIdlePercent in fleet.yaml',
    ],
  ])('says with line and column what is wrong with %s', (_, text, expected) => {
    expect(problemsOf(text)[0]).toContain(expected);
  });
});
