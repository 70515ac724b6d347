import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { App } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { ConfigurationError, keepsState, readStage } from '../../infra/stage.ts';

const nodeWith = (stage?: unknown) =>
  new App({ context: stage === undefined ? {} : { stage }, analyticsReporting: false }).node;

describe('readStage', () => {
  it('is dev when nobody says otherwise', () => {
    expect(readStage(nodeWith())).toBe('dev');
  });

  it.each(['prod', 'a', 'eu-2', 'abcdefghijkl'])('takes %s', (stage) => {
    expect(readStage(nodeWith(stage))).toBe(stage);
  });

  it.each(['', 'Prod', '1st', 'a_b', 'abcdefghijklm', 'a/b', 7, ['prod']])('refuses %j', (stage) => {
    expect(() => readStage(nodeWith(stage))).toThrow(ConfigurationError);
  });
});

describe('keepsState', () => {
  it.each([
    ['prod', true],
    ['staging', true],
    ['device', true],
    ['dev', false],
    ['dev-ann', false],
    ['local', false],
    ['ci-42', false],
    ['test', false],
  ])('of %s is %s', (stage, kept) => {
    expect(keepsState(stage)).toBe(kept);
  });
});

describe('infra/app.ts', () => {
  it('answers a wrong stage with one clear line and a failure', async () => {
    const run = promisify(execFile)(process.execPath, ['infra/app.ts'], {
      env: { ...process.env, CDK_CONTEXT_JSON: JSON.stringify({ stage: 'Bad Stage' }) },
    });

    const outcome = await run.then(
      () => 'it worked',
      (error: unknown) => error,
    );

    expect(outcome).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^stage "Bad Stage" is not a stage name: .+ -c stage=prod\n$/),
    });
  });
});
