import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { providerSecretName } from '../constants.ts';
import type { ProviderSecrets } from './provider-keys.ts';

/** ProviderSecrets in Secrets Manager: `drover/<stage>/providers/<provider>`. */
const createProviderSecrets = (
  client: Pick<SecretsManagerClient, 'send'>,
  stage: string,
): ProviderSecrets => ({
  read: async (provider) => {
    try {
      const { SecretString } = await client.send(
        new GetSecretValueCommand({ SecretId: providerSecretName(stage, provider) }),
      );
      return SecretString;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  },
  write: async (provider, text) => {
    const name = providerSecretName(stage, provider);
    try {
      await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: text }));
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw error;
      await client.send(
        new CreateSecretCommand({
          Name: name,
          SecretString: text,
          Description: `Drover's key for ${provider}. Replace it with: drover providers login ${provider}`,
        }),
      );
    }
  },
});

export { createProviderSecrets };
