import { statSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProviderSecrets } from '../../../lib/providers/secrets-manager-secrets.ts';
import type { FrontDoor } from '../../../local/emulators/front-door.ts';
import { keysWithPolicy, start, temporaryFolder } from './support/front-door.ts';

describe('the Secrets Manager emulator', () => {
  const folder = temporaryFolder(afterAll);
  let cloud: FrontDoor;
  const clientWith = (credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) =>
    new SecretsManagerClient({ endpoint: cloud.endpoint, region: cloud.region, credentials });
  const operator = () => clientWith(cloud.principals.operator);

  beforeAll(async () => {
    cloud = await start({ dataFolder: folder });
  });
  afterAll(() => cloud.stop());

  it('keeps a secret under its name, with an ARN that ends in six characters', async () => {
    const made = await operator().send(new CreateSecretCommand({ Name: 'a/b/one', SecretString: 'first' }));
    expect(made.ARN).toMatch(/:secret:a\/b\/one-[A-Za-z0-9]{6}$/);
    await operator().send(new PutSecretValueCommand({ SecretId: 'a/b/one', SecretString: 'second' }));
    for (const SecretId of ['a/b/one', made.ARN]) {
      const { SecretString } = await operator().send(new GetSecretValueCommand({ SecretId }));
      expect(SecretString).toBe('second');
    }
    const about = await operator().send(new DescribeSecretCommand({ SecretId: 'a/b/one' }));
    expect(about).toMatchObject({ Name: 'a/b/one', ARN: made.ARN });
    expect(JSON.stringify(about)).not.toContain('second');
  });

  it('makes none twice, and finds none that was never made', async () => {
    await operator().send(new CreateSecretCommand({ Name: 'twice', SecretString: 'x' }));
    await expect(
      operator().send(new CreateSecretCommand({ Name: 'twice', SecretString: 'y' })),
    ).rejects.toMatchObject({ name: 'ResourceExistsException' });
    await expect(operator().send(new GetSecretValueCommand({ SecretId: 'never' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('can be read by this user only', async () => {
    await operator().send(new CreateSecretCommand({ Name: 'mode', SecretString: 'x' }));
    expect(statSync(join(folder, 'secrets', 'mode.json')).mode & 0o777).toBe(0o600);
  });

  it('lets a role read what its policy names by the six-character pattern, and nothing else', async () => {
    await operator().send(new CreateSecretCommand({ Name: 'drover/x/providers/vast', SecretString: 'v' }));
    await operator().send(new CreateSecretCommand({ Name: 'drover/x/providers/runpod', SecretString: 'r' }));
    const keys = keysWithPolicy(cloud, 'reader', [
      {
        Effect: 'Allow',
        Action: 'secretsmanager:GetSecretValue',
        Resource: `arn:aws:secretsmanager:${cloud.region}:${cloud.accountId}:secret:drover/x/providers/vast-??????`,
      },
    ]);
    const reader = clientWith(keys);
    expect(
      (await reader.send(new GetSecretValueCommand({ SecretId: 'drover/x/providers/vast' }))).SecretString,
    ).toBe('v');
    await expect(
      reader.send(new GetSecretValueCommand({ SecretId: 'drover/x/providers/runpod' })),
    ).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('is what the port of provider keys needs', async () => {
    const secrets = createProviderSecrets(operator(), 'y');
    expect(await secrets.read('vast')).toBeUndefined();
    await secrets.write('vast', 'one');
    await secrets.write('vast', 'two');
    expect(await secrets.read('vast')).toBe('two');
  });
});
