import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeAlarmSubscribers, readAlarmSubscribers } from '../../cli/alarm-subscribers.ts';
import { createClients } from '../../cli/clients.ts';
import { createScreen } from '../../cli/output/screen.ts';
import { alarmTopicName, SEVERITIES, type Severity } from '../../lib/constants.ts';
import type { FrontDoor } from '../../local/emulators/front-door.ts';
import { startEmptyFrontDoor } from './support/front-door.ts';
import { createTestInstallation } from './support/test-installation.ts';
import { createTestIo } from './support/test-io.ts';

const stage = 'test';
const region = 'us-east-1';
const caller = { arn: 'arn:aws:iam::000000000000:user/operator', accountId: '000000000000' };
const topicArn = (severity: Severity) =>
  `arn:aws:sns:${region}:${caller.accountId}:${alarmTopicName(stage, severity)}`;
const screen = createScreen(createTestIo().io, false);

let cloud: FrontDoor;
beforeAll(async () => {
  cloud = await startEmptyFrontDoor();
});
afterAll(() => cloud.stop());

const makeTopics = () => {
  for (const severity of SEVERITIES) cloud.sns.createTopic(topicArn(severity));
};

describe('readAlarmSubscribers', () => {
  it('says what SNS says when a topic does not exist: no answer is not nobody', async () => {
    const { sns } = createClients({ region, endpoint: cloud.endpoint });

    await expect(readAlarmSubscribers(sns, { stage, region }, caller)).rejects.toThrow(
      /Topic does not exist/,
    );
  });

  it('counts each severity, and those that did not confirm apart', async () => {
    makeTopics();
    cloud.sns.subscribe({
      topicArn: topicArn('critical'),
      protocol: 'email',
      endpoint: 'fleet@example.org',
    });
    const { sns } = createClients({ region, endpoint: cloud.endpoint });

    expect(await readAlarmSubscribers(sns, { stage, region }, caller)).toEqual([
      { severity: 'critical', confirmed: 0, unconfirmed: 1 },
      { severity: 'warning', confirmed: 0, unconfirmed: 0 },
      { severity: 'info', confirmed: 0, unconfirmed: 0 },
    ]);
  });
});

describe('describeAlarmSubscribers', () => {
  const all = (confirmed: number, unconfirmed: number) =>
    SEVERITIES.map((severity) => ({ severity, confirmed, unconfirmed }));

  it.each([
    [all(0, 0), 'nobody is subscribed: deploy with -c alarmEmail=<address>'],
    [all(0, 1), 'nobody is subscribed; 1 did not confirm yet: deploy with -c alarmEmail=<address>'],
    [all(1, 0), 'subscribers: critical 1, warning 1, info 1'],
    [all(2, 1), 'subscribers: critical 2, warning 2, info 2; 1 did not confirm yet'],
  ])('%j reads as %s', (subscribers, text) => {
    expect(describeAlarmSubscribers(screen, subscribers)).toBe(text);
  });
});

describe('drover status', () => {
  it('says that nobody hears of alarms', async () => {
    makeTopics();
    const { run } = createTestInstallation(cloud.endpoint);

    expect((await run(['status', '--json'])).json()).toMatchObject({
      alarmSubscribers: expect.arrayContaining([{ severity: 'info', confirmed: 0, unconfirmed: 0 }]),
    });
    expect((await run(['status'])).out).toContain('Alarms         nobody is subscribed');
  });

  it('says unknown when SNS cannot be asked', async () => {
    const { run } = createTestInstallation();

    const done = await run(['status', '--json']);

    expect(done.exitCode).toBe(1);
    expect(done.json()).toMatchObject({ alarmSubscribers: { unknown: expect.any(String) } });
  });
});
