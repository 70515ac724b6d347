import * as z from 'zod';
import { PermanentError } from '../errors.ts';
import type { Provider as ProviderKey } from '../nodes/node.ts';
import type { Clock } from '../time.ts';

/** What the secret of a provider holds, as JSON. */
const providerSecretSchema = z.object({ apiKey: z.string().min(1) });
type ProviderSecret = z.infer<typeof providerSecretSchema>;

/** Where the secrets lie. */
interface ProviderSecrets {
  /** The secret's text; undefined when there is none. */
  read(provider: ProviderKey): Promise<string | undefined>;
  write(provider: ProviderKey, text: string): Promise<void>;
}

interface ProviderKeys {
  /** At most five minutes old; undefined when nobody logged in to the provider. @throws PermanentError when it cannot be used */
  get(provider: ProviderKey): Promise<ProviderSecret | undefined>;
  /** Reads it anew. */
  reload(provider: ProviderKey): Promise<ProviderSecret | undefined>;
}

const CACHE_MILLISECONDS = 300_000;

/** @throws PermanentError without the text, which is secret */
const parseProviderSecret = (provider: ProviderKey, text: string): ProviderSecret => {
  try {
    return providerSecretSchema.parse(JSON.parse(text));
  } catch {
    throw new PermanentError(
      `the secret of ${provider} is not as Drover writes it: log in again with \`drover providers login ${provider}\``,
    );
  }
};

const createProviderKeys = (secrets: Pick<ProviderSecrets, 'read'>, clock: Clock): ProviderKeys => {
  const cache = new Map<ProviderKey, { secret: ProviderSecret; until: number }>();
  const reload = async (provider: ProviderKey): Promise<ProviderSecret | undefined> => {
    cache.delete(provider);
    const text = await secrets.read(provider);
    if (text === undefined) return undefined;
    const secret = parseProviderSecret(provider, text);
    cache.set(provider, { secret, until: clock.now().getTime() + CACHE_MILLISECONDS });
    return secret;
  };
  return {
    reload,
    get: async (provider) => {
      const known = cache.get(provider);
      return known !== undefined && known.until > clock.now().getTime() ? known.secret : reload(provider);
    },
  };
};

export type { ProviderKeys, ProviderSecret, ProviderSecrets };
export { createProviderKeys, parseProviderSecret, providerSecretSchema };
