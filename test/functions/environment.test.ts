import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../../functions/environment.ts';
import { PermanentError } from '../../lib/errors.ts';

describe('readEnvironment', () => {
  it('gives the asked variables by their names in code', () => {
    const environment = readEnvironment(['nodesTable', 'eventBusName'], {
      NODES_TABLE: 'drover-dev-nodes',
      EVENT_BUS_NAME: 'drover-dev',
      OTHER: 'x',
    });
    expect(environment).toEqual({ nodesTable: 'drover-dev-nodes', eventBusName: 'drover-dev' });
  });

  it.each([
    ['missing', {}],
    ['empty', { NODES_TABLE: '' }],
    ['blank', { NODES_TABLE: '  ' }],
  ])('names a variable that is %s', (_what, source) => {
    expect(() => readEnvironment(['nodesTable', 'stage'], { DROVER_STAGE: 'dev', ...source })).toThrow(
      new PermanentError(
        "the function's environment lacks NODES_TABLE: the stack sets it, deploy the stack again",
      ),
    );
  });

  it('names all variables that are missing', () => {
    expect(() => readEnvironment(['nodesTable', 'auditTable'], {})).toThrow(/NODES_TABLE, AUDIT_TABLE/);
  });
});
