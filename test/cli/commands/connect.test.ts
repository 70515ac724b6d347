import { CreateQueueCommand, ListQueuesCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EMULATOR_OPERATOR } from '../../../cli/clients.ts';
import { profilesPath, readProfiles } from '../../../cli/profile-files.ts';
import { runCli } from '../../../cli/run.ts';
import { nodeQueueName, OUTPUTS, resourceName, stackName } from '../../../lib/constants.ts';
import { startEmptyFrontDoor } from '../support/front-door.ts';
import { createTestInstallation } from '../support/test-installation.ts';
import { createTestIo } from '../support/test-io.ts';

let frontDoor: Awaited<ReturnType<typeof startEmptyFrontDoor>>;

beforeAll(async () => {
  frontDoor = await startEmptyFrontDoor();
  frontDoor.stacks.put({
    name: stackName('dev'),
    outputs: {
      [OUTPUTS.eventBusName]: 'drover-dev-events',
      [OUTPUTS.enrolmentUrl]: 'http://127.0.0.1:1/enrol/',
      [OUTPUTS.artifactBucket]: 'drover-dev-artifacts',
    },
  });
  frontDoor.stacks.put({ name: stackName('half'), outputs: { [OUTPUTS.eventBusName]: 'x' } });
});
afterAll(() => frontDoor.stop());

const connect = (stage: string): string[] => ['connect', '--stage', stage, '--endpoint', frontDoor.endpoint];

describe('drover connect', () => {
  it('knows the operator of the embedded cloud', () => {
    expect(EMULATOR_OPERATOR).toEqual(frontDoor.principals.operator);
  });

  it('writes a profile of the outputs and makes it the default', async () => {
    const test = createTestIo();
    expect(await runCli(connect('dev'), test.io)).toBe(0);
    const { defaultProfile, profiles } = await readProfiles(profilesPath(test.io));
    expect(defaultProfile).toBe('dev');
    expect(profiles['dev']).toMatchObject({
      stage: 'dev',
      endpoint: frontDoor.endpoint,
      eventBusName: 'drover-dev-events',
      artifactBucket: 'drover-dev-artifacts',
    });
  });

  it('keeps the keys off the screen', async () => {
    const test = createTestIo();
    await runCli([...connect('dev'), '--json'], test.io);
    expect(test.out()).not.toContain(EMULATOR_OPERATOR.secretAccessKey);
  });

  it.each([
    [connect, 'gone', 3, /there is no stack drover-gone .*cdk deploy -c stage=gone/],
    [connect, 'half', 3, /no usable enrolmentUrl, artifactBucket/],
    [connect, 'BAD', 2, /--stage: a stage is/],
    [() => ['connect'], '', 2, /--stage is needed/],
    [(stage: string) => ['connect', '--stage', stage], 'dev', 2, /which region/],
  ])('says in one line what is wrong (%#: stage %s)', async (args, stage, exitCode, message) => {
    const test = createTestIo();
    expect(await runCli(args(stage), test.io)).toBe(exitCode);
    expect(test.error()).toMatch(message);
  });
});

describe('drover uninstall', () => {
  it('deletes the queues of nodes of that stage and nothing else, after --yes', async () => {
    const { run, clients } = createTestInstallation(frontDoor.endpoint);
    const nodeQueues = [1, 2].map((index) => nodeQueueName('test', `n-00000000000${index}`));
    const others = [
      resourceName('test', 'node-dlq'),
      resourceName('test', 'reports'),
      nodeQueueName('dev', 'n-000000000001'),
    ];
    for (const QueueName of [...nodeQueues, ...others])
      await clients.sqs.send(new CreateQueueCommand({ QueueName }));

    expect((await run(['uninstall', '--stage', 'test'])).exitCode).toBe(2);
    expect((await clients.sqs.send(new ListQueuesCommand({}))).QueueUrls).toHaveLength(5);

    const done = await run(['uninstall', '--stage', 'test', '--yes']);
    expect(done.exitCode).toBe(0);
    expect(done.out).toContain('npx cdk destroy -c stage=test');
    const left = (await clients.sqs.send(new ListQueuesCommand({}))).QueueUrls ?? [];
    expect(left.map((url) => url.slice(url.lastIndexOf('/') + 1)).sort()).toEqual(others.sort());
  });
});
