import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ARTIFACT_PREFIX } from '../../lib/constants.ts';
import type { Cloud } from '../../local/cloud.ts';
import { bootCloud } from './support/boot-cloud.ts';
import { promote, publish } from './support/drover.ts';
import { startFleet, stopFleet, type TestNode } from './support/fleet.ts';
import { makeFile, sha256Of } from './support/make-file.ts';
import { createOperator, type Operator } from './support/operator.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { untilVerified } from './support/until-verified.ts';
import { waitFor } from './support/wait-for.ts';

const folder = temporaryFolder('corrupt');
let cloud: Cloud;
let operator: Operator;
let nodes: TestNode[];
let damaged: string;

/** Turns one bit of every byte from the middle on in the object of an artifact, as rot in a store would. */
const flipBytes = async (artifactId: string): Promise<void> => {
  const { clients, profile } = operator;
  const object = { Bucket: profile.artifactBucket, Key: `${ARTIFACT_PREFIX}${artifactId}` };
  const { Body } = await clients.s3.send(new GetObjectCommand(object));
  if (Body === undefined) throw new Error(`${object.Key} has no bytes`);
  const bytes = await Body.transformToByteArray();
  const flipped = bytes.map((byte, index) => (index < bytes.length / 2 ? byte : byte ^ 1));
  await clients.s3.send(new PutObjectCommand({ ...object, Body: flipped }));
};

beforeAll(async () => {
  cloud = await bootCloud({ logFolder: folder });
  operator = createOperator(cloud);
  nodes = await startFleet(cloud, operator, join(folder, 'nodes'), { one: {}, two: {} });
  const file = join(folder, 'rotten.pth');
  makeFile(file, 300_000);
  damaged = await publish(cloud, { file, kind: 'model', name: 'rotten', version: '1' });
  await flipBytes(damaged);
});
afterAll(async () => {
  await stopFleet(nodes);
  await cloud?.stop();
});

const reasonSchema = z.looseObject({ class: z.string(), message: z.string(), artifactId: z.string() });

describe('an object whose bytes rotted in the store', () => {
  it('ends as failed for good on every node, and is never shown as a file', async () => {
    await promote(cloud, 'rotten@1');
    const rows = await waitFor(
      async () => {
        const found = await operator.stores.deliveries.listByArtifact(damaged);
        return found.length === 2 && found.every(({ state }) => state === 'failed') ? found : undefined;
      },
      30,
      'both deliveries to fail for good',
    );

    for (const { attempt, lastFailure, dueAt } of rows) {
      expect({ attempt, class: lastFailure?.class, dueAt }).toEqual({
        attempt: 1,
        class: 'checksum-mismatch',
        dueAt: undefined,
      });
    }
    for (const { dataFolder } of nodes) {
      expect(existsSync(join(dataFolder, 'models', 'rotten', '1', 'rotten.pth'))).toBe(false);
      expect(existsSync(join(dataFolder, 'models', 'rotten', 'current'))).toBe(false);
    }
  });

  it('[sync#13-9] is in quarantine twice on every node, each with its reason: the first try and the one repeat', () => {
    for (const { dataFolder } of nodes) {
      const quarantine = join(dataFolder, '.drover', 'quarantine');
      const reasons = readdirSync(quarantine).map((name) =>
        reasonSchema.parse(JSON.parse(readFileSync(join(quarantine, name, 'reason.json'), 'utf8'))),
      );
      expect(reasons).toHaveLength(2);
      for (const reason of reasons) {
        expect(reason).toMatchObject({ class: 'checksum-mismatch', artifactId: damaged });
        expect(reason.message).toContain(damaged);
      }
    }
  });

  it('is reported as final, and its distribution says of each node why it failed', async () => {
    const failures = await waitFor(
      async () => {
        const events = await operator.events('DeliveryFailed');
        return events.length === 2 ? events : undefined;
      },
      10,
      'two DeliveryFailed events',
    );

    for (const { detail } of failures) {
      expect(detail).toMatchObject({ artifactId: damaged, failureClass: 'checksum-mismatch', final: true });
    }
    const [distribution] = await operator.stores.distributions.listByArtifact(damaged);
    expect(Object.keys(distribution?.failedNodes ?? {})).toHaveLength(2);
    for (const reason of Object.values(distribution?.failedNodes ?? {})) {
      expect(reason).toContain('checksum-mismatch');
    }
    expect(await operator.events('DistributionCompleted')).toEqual([]);
  });

  it('does no harm to other artifacts', async () => {
    const file = join(folder, 'sound.pth');
    const sha256 = makeFile(file, 300_000);
    await publish(cloud, { file, kind: 'model', name: 'sound', version: '1' });
    await promote(cloud, 'sound@1');
    await untilVerified(operator, sha256, nodes, 30);

    for (const { dataFolder } of nodes) {
      expect(await sha256Of(join(dataFolder, 'models', 'sound', '1', 'sound.pth'))).toBe(sha256);
    }
  });
});
