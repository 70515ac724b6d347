import { readFileSync } from 'node:fs';
import { parser } from '@lezer/python';
import { describe, expect, it } from 'vitest';
import * as compat from '../../compat.ts';
import { findDeprecated } from '../../lib/migration/scan/find-deprecated.ts';
import { readPythonReferences } from '../../lib/migration/scan/python-references.ts';
import { root } from '../docs/pages.ts';
import { readExamples } from './page-examples.ts';

const examples = readExamples();

/** Where the grammar of Python has no place for what is written. */
const errorsOf = (code: string): number[] => {
  const lines: number[] = [];
  parser.parse(code).iterate({
    enter: ({ type, from }) => {
      if (type.isError) lines.push(code.slice(0, from).split('\n').length);
    },
  });
  return lines;
};

describe('the Python examples of docs/users/migrating.md', () => {
  it('are those of the guide that have an equivalent now, each with its name', () => {
    expect(examples.map(({ name }) => name)).toEqual([
      'publish_event.py',
      'read_events.py',
      'read_health.py',
      'read_node_health.py',
      'promote_model.py',
      'wait_for_model.py',
      'put_data.py',
      'request_sync.py',
      'populate_queue.py',
      'read_replication.py',
    ]);
  });

  it.each(examples)('are Python: $name', ({ code }) => {
    expect(errorsOf(code)).toEqual([]);
  });

  it.each(examples)('need nothing of the old modules: $name', ({ code }) => {
    expect(findDeprecated(readPythonReferences(code, []))).toEqual([]);
  });

  it('need boto3, but for the one that speaks to the agent of its own node', () => {
    const without = examples.filter(({ code }) => !code.includes('import boto3\n'));
    expect(without.map(({ name }) => name)).toEqual(['put_data.py']);
  });

  it('would not be taken with an error in them', () => {
    expect(errorsOf('def f(:\n  pass\n')).not.toEqual([]);
  });
});

describe('the TypeScript example of docs/users/migrating.md', () => {
  it('imports names that drover/compat has', () => {
    const page = readFileSync(`${root}/docs/users/migrating.md`, 'utf8');
    const [, names = ''] = /import \{ ([^}]*) \} from 'drover\/compat'/.exec(page) ?? [];
    expect(names).not.toBe('');
    expect(Object.keys(compat)).toEqual(expect.arrayContaining(names.split(', ')));
  });
});
