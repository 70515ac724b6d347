import { describe, expect, it } from 'vitest';
import { checkDependencies } from './dependencies.ts';
import { parseSource } from './source-file.ts';

const check = (path: string, text: string): string[] =>
  checkDependencies([parseSource(path, text)]).map(({ rule, line }) => `${rule}:${line}`);

describe('checkDependencies', () => {
  it.each([
    ['infra reads a domain file', 'infra/app.ts', "import { a } from '../lib/nodes/node.ts';"],
    ['functions read the CLI', 'functions/route-events.ts', "import { a } from '../cli/profile.ts';"],
    ['lib reads a function', 'lib/nodes/node.ts', "import { a } from '../../functions/environment.ts';"],
    ['lib reads an edge for a type', 'lib/nodes/node.ts', "import type { A } from '../../cli/profile.ts';"],
    ['agent runs a store', 'agent/main.ts', "import { a } from '../lib/nodes/node-store.ts';"],
    [
      'agent reads an adapter',
      'agent/main.ts',
      "import type { A } from '../lib/nodes/dynamo-node-store.ts';",
    ],
    ['agent reads lib/aws', 'agent/main.ts', "import { a } from '../lib/aws/clients.ts';"],
    ['cli reads the embedded cloud', 'cli/main.ts', "import { a } from '../local/cloud.ts';"],
    ['local names a domain file', 'local/cloud.ts', "import { a } from '../lib/constants.ts';"],
    ['local loads infra later', 'local/cloud.ts', "const a = await import('../infra/app.ts');"],
    ['local re-exports the agent', 'local/cloud.ts', "export { a } from '../agent/build.ts';"],
    ['start reads a function', 'local/start.ts', "import { a } from '../functions/enroll-node.ts';"],
  ])('refuses that %s', (_title, path, text) => {
    expect(check(path, text)).toEqual(['layers:1']);
  });

  it.each([
    ['infra/app.ts', "import { TABLES } from '../lib/constants.ts';"],
    ['infra/app.ts', "import { catalogue } from '../lib/events/catalogue.ts';"],
    ['functions/route-events.ts', "import { a } from '../lib/events/dynamo-seen-events.ts';"],
    ['agent/main.ts', "import { commandSchema } from '../lib/commands/command.ts';"],
    ['agent/main.ts', "import type { NodeStore } from '../lib/nodes/node-store.ts';"],
    ['cli/main.ts', "import { a } from '../lib/nodes/dynamo-node-store.ts';"],
    ['local/start.ts', "import { a } from '../lib/identity/mint-join-token.ts';"],
    ['lib/distribution/a.ts', "import type { NodeStore } from '../nodes/node-store.ts';"],
    ['lib/nodes/a.ts', "import { a } from './memory-node-store.ts';"],
    ['test/e2e/a.test.ts', "import { a } from '../../local/cloud.ts';"],
  ])('accepts in %s: %s', (path, text) => {
    expect(check(path, text)).toEqual([]);
  });

  it.each(['dynamo-node-store.ts', 'memory-node-store.ts'])('keeps %s to its own feature', (adapter) => {
    expect(check('lib/distribution/a.ts', `\nimport { a } from '../nodes/${adapter}';`)).toEqual([
      'adapters:2',
    ]);
  });

  it('keeps SDK clients out of decisions', () => {
    expect(check('lib/nodes/decide-drain.ts', "import { SQSClient } from '@aws-sdk/client-sqs';")).toEqual([
      'pure-decisions:1',
    ]);
  });
});
