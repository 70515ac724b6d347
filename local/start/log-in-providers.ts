import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { providerSchema } from '../../lib/nodes/node.ts';
import { createProviderSecrets } from '../../lib/providers/secrets-manager-secrets.ts';
import type { Cloud } from '../cloud.ts';
import { simulatedKey } from '../providers/simulator.ts';
import { LOCAL_STAGE } from '../synth.ts';

/**
 * Stores the keys of the simulated providers, as `drover providers login` does with real ones. A key that is there
 * stays: somebody may have put another one to see what happens.
 */
const logInProviders = async (cloud: Cloud, providers: readonly string[]): Promise<void> => {
  const environment = cloud.operatorEnvironment();
  const client = new SecretsManagerClient({
    endpoint: cloud.endpoint,
    region: cloud.region,
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  });
  const secrets = createProviderSecrets(client, LOCAL_STAGE);
  try {
    for (const name of providers) {
      const provider = providerSchema.parse(name);
      if ((await secrets.read(provider)) === undefined) {
        await secrets.write(provider, JSON.stringify({ apiKey: simulatedKey(name) }));
      }
    }
  } finally {
    client.destroy();
  }
};

export { logInProviders };
