import { describe, expect, it } from 'vitest';
import { describeChange } from '../../../cli/commands/audit.ts';
import type { NewAuditRow } from '../../../lib/audit/audit-row.ts';
import { addSeconds, systemClock, toTimestamp } from '../../../lib/time.ts';
import { nodeIdOf } from '../support/samples.ts';
import { createTestInstallation, OPERATOR } from '../support/test-installation.ts';

const rowOf = (auditId: string, ageSeconds: number, changes: Partial<NewAuditRow> = {}): NewAuditRow => ({
  auditId,
  subject: `node:${nodeIdOf(1)}`,
  at: toTimestamp(addSeconds(systemClock.now(), -ageSeconds)),
  actor: 'reconcile-instances',
  action: 'end-node',
  reason: 'preempted',
  before: { lifecycle: 'active' },
  after: { lifecycle: 'lost' },
  evidence: { provider: 'vast' },
  ...changes,
});

const prepare = async () => {
  const installation = createTestInstallation();
  const { audit } = installation.stores;
  await audit.record(rowOf('old', 3 * 86_400, { action: 'enroll-node', before: undefined }));
  await audit.record(rowOf('new', 60));
  await audit.record(
    rowOf('hold', 30, { subject: 'hold:h-1', action: 'put-hold', actor: OPERATOR, reason: 'incident' }),
  );
  return installation;
};

describe('drover audit', () => {
  it.each([
    [[], ['hold', 'new', 'old']],
    [
      ['--node', nodeIdOf(1)],
      ['new', 'old'],
    ],
    [['--node', nodeIdOf(1), '--since', '1d'], ['new']],
    [['--subject', 'hold:h-1'], ['hold']],
    [['--action', 'enroll-node'], ['old']],
    [['--node', nodeIdOf(1), '--action', 'end-node'], ['new']],
    [['--node', nodeIdOf(7)], []],
  ])('%j lists %j, newest first', async (args, auditIds) => {
    const { run } = await prepare();

    const done = await run(['audit', ...args, '--json']);

    expect(done.exitCode).toBe(0);
    expect(done.json()).toMatchObject({ rows: auditIds.map((auditId) => ({ auditId })), isCutOff: false });
  });

  it('shows who, why and what changed', async () => {
    const { run } = await prepare();

    const [heading, first, second] = (await run(['audit'])).out.split('\n');

    expect(heading).toBe('AT\tACTION\tSUBJECT\tBY\tWHY\tCHANGED');
    expect(first).toMatch(/\tput-hold\thold:h-1\tuser\/operator\tincident\t/);
    expect(second).toMatch(
      /^\d{4}.+Z\tend-node\tnode:n-000000000001\treconcile-instances\tpreempted\tlifecycle active → lost$/,
    );
  });

  it('says that there is more when it is cut off', async () => {
    const { run } = await prepare();

    const cut = await run(['audit', '--limit', '2']);
    const whole = await run(['audit', '--limit', '3']);

    expect(cut.error).toContain('There are older rows: these are the newest 2.');
    expect(whole.error).toBe('');
  });

  it.each([
    [['--node', nodeIdOf(1), '--subject', 'hold:h-1'], 'give one of the two'],
    [['--node', 'seven'], 'a node id is'],
    [['--subject', 'everything'], 'a subject is a kind and an id'],
    [['--action', 'ende-node'], '--action'],
    [['--limit', '0'], 'from 1 to 1000'],
    [['--since', 'yesterday'], 'is not a duration'],
  ])('%j is a usage error that says how', async (args, message) => {
    const { run } = await prepare();

    const done = await run(['audit', ...args]);

    expect(done.exitCode).toBe(2);
    expect(done.error).toContain(message);
  });
});

describe('describeChange', () => {
  it.each([
    [{}, ''],
    [{ after: { lifecycle: 'pending' } }, 'lifecycle - → pending'],
    [{ before: { a: 1, b: 'same' }, after: { a: 2, b: 'same' } }, 'a 1 → 2'],
    [{ before: { hold: { kind: 'pause' } }, after: {} }, 'hold {"kind":"pause"} → -'],
  ])('%j reads as "%s"', (row, text) => {
    expect(describeChange(row)).toBe(text);
  });
});
