import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventsLogGroupName } from '../../../lib/constants.ts';
import { startEmptyFrontDoor } from '../support/front-door.ts';
import { createTestInstallation, OPERATOR } from '../support/test-installation.ts';

let frontDoor: Awaited<ReturnType<typeof startEmptyFrontDoor>>;
const delivered: unknown[] = [];

beforeAll(async () => {
  frontDoor = await startEmptyFrontDoor();
  frontDoor.events.createBus('drover-test-events');
  frontDoor.events.putRule({
    busName: 'drover-test-events',
    name: 'all',
    eventPattern: { source: [{ prefix: '' }] },
    targets: [{ id: 'here', arn: 'arn:aws:lambda:us-east-1:000000000000:function:here' }],
  });
  frontDoor.events.onDeliver(async (_rule, _targetArn, event) => {
    delivered.push(event);
  });
  frontDoor.logs.createGroup(eventsLogGroupName('test'));
});
afterAll(() => frontDoor.stop());

describe('drover events put', () => {
  it('sends an event from outside with a full envelope, and audits it', async () => {
    const { run, stores } = createTestInstallation(frontDoor.endpoint);
    const done = await run([
      'events',
      'put',
      'ModelPromoted',
      'name=hex8_2p',
      'version=12',
      '--event-id',
      'e-1',
    ]);
    expect(done).toMatchObject({ exitCode: 0, error: '' });
    await expect
      .poll(() => delivered)
      .toMatchObject([
        {
          source: 'operator.cli',
          'detail-type': 'ModelPromoted',
          detail: { schemaVersion: 1, eventId: 'e-1', name: 'hex8_2p', version: '12' },
        },
      ]);
    expect(await stores.audit.listByAction('put-event', 5)).toMatchObject([
      { actor: OPERATOR, subject: 'event:e-1' },
    ]);
  });

  it('refuses a bad event before it is sent, unless told not to look', async () => {
    const { run } = createTestInstallation(frontDoor.endpoint);
    const before = delivered.length;
    const bad = ['events', 'put', 'ModelPromotd', 'name=a'];
    expect((await run(bad)).exitCode).toBe(2);
    expect(delivered).toHaveLength(before);
    expect((await run([...bad, '--no-validate'])).exitCode).toBe(0);
    await expect.poll(() => delivered).toHaveLength(before + 1);
  });

  it.each(['drover', 'drover.cli', 'aws.ec2'])(
    'refuses the source %s, which is not from outside',
    async (source) => {
      const { run } = createTestInstallation(frontDoor.endpoint);
      const done = await run(['events', 'put', 'ModelPromoted', 'name=a', 'version=1', '--source', source]);
      expect(done.exitCode).toBe(2);
      expect(done.error).toContain('--source');
    },
  );

  it('says why when the bus refuses', async () => {
    const { run } = createTestInstallation('http://127.0.0.1:9');
    const done = await run(['events', 'put', 'ModelPromoted', 'name=a', 'version=1']);
    expect(done.exitCode).toBe(3);
    expect(done.error).toContain('nobody answers');
  });
});

describe('drover events tail', () => {
  it('refuses a name that no event has, and says which there are', async () => {
    const { run } = createTestInstallation(frontDoor.endpoint);

    const done = await run(['events', 'tail', '--name', 'ModelPromotd']);

    expect(done.exitCode).toBe(2);
    expect(done.error).toMatch(/no event "ModelPromotd": the catalogue has ModelPromoted, /);
  });

  it('prints canonical events, oldest first, one JSON document per line; --outside adds the others', async () => {
    const line = (source: string, name: string, eventId: string): string =>
      JSON.stringify({ 'detail-type': name, source, time: '2026-11-23T12:00:00Z', detail: { eventId } });
    const group = eventsLogGroupName('test');
    const now = Date.now();
    frontDoor.logs.append(group, 'events', now - 2000, line('drover.cli', 'ModelPromoted', 'e-1'));
    frontDoor.logs.append(group, 'events', now - 1500, line('pipeline', 'DatasetPublished', 'e-2'));
    frontDoor.logs.append(group, 'events', now - 1000, line('drover', 'NodeEnrolled', 'e-3'));
    const { run } = createTestInstallation(frontDoor.endpoint);
    const idsOf = (out: string): unknown[] =>
      out
        .trim()
        .split('\n')
        .map((text) => JSON.parse(text).eventId);
    expect(idsOf((await run(['events', 'tail', '--json'])).out)).toEqual(['e-1', 'e-3']);
    expect(idsOf((await run(['events', 'tail', '--json', '--outside'])).out)).toEqual(['e-1', 'e-2', 'e-3']);
    expect(idsOf((await run(['events', 'tail', '--json', '--name', 'NodeEnrolled'])).out)).toEqual(['e-3']);
  });
});
