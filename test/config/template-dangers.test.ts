import { describe, expect, it } from 'vitest';
import { describeDangers } from '../../lib/config/describe-dangers.ts';
import { makeConfig } from './fixtures.ts';

const withTemplate = (template: object) =>
  makeConfig({ work: { templates: { selfplay: { jobType: 'selfplay', ...template } } } });

const before = withTemplate({ command: ['python', 'selfplay.py'] });

describe('describeDangers', () => {
  it('says in words what a new template would run on nodes', () => {
    const after = withTemplate({
      command: ['python', '-c', 'import os'],
      workingFolder: '/workspace',
      environment: { MODE: 'fast' },
      passEnvironment: ['HF_TOKEN'],
    });
    expect(describeDangers(makeConfig(), after)).toEqual([
      'nodes will run `python -c "import os"`, in /workspace, with MODE=fast, with HF_TOKEN of the agent for jobs of template selfplay',
    ]);
  });

  it.each([
    ['the program', { command: ['python', 'other.py'] }],
    ['its folder', { command: ['python', 'selfplay.py'], workingFolder: '/tmp' }],
    ['its variables', { command: ['python', 'selfplay.py'], environment: { PYTHONPATH: '/tmp' } }],
    ['what it gets of the agent', { command: ['python', 'selfplay.py'], passEnvironment: ['AWS_PROFILE'] }],
  ])('says it again when a change touches %s', (_what, template) => {
    expect(describeDangers(before, withTemplate(template))).toHaveLength(1);
  });

  it.each([
    ['another time limit', { command: ['python', 'selfplay.py'], timeLimitSeconds: 60 }],
    ["a template whose program is the node's own", {}],
  ])('says nothing of %s', (_what, template) => {
    expect(describeDangers(before, withTemplate(template))).toEqual([]);
  });
});
