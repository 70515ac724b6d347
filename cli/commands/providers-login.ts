import type { Command } from 'commander';
import * as z from 'zod';
import { LISTED_PROVIDERS } from '../../lib/constants.ts';
import { PermanentError } from '../../lib/errors.ts';
import { providerSchema } from '../../lib/nodes/node.ts';
import { baseUrlVariable } from '../../lib/providers/base-url-variable.ts';
import { ProviderError } from '../../lib/providers/provider-error.ts';
import { providerFactories } from '../../lib/providers/registry.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import { UsageError } from '../exit.ts';

/** What no provider's API tells about a key, and what a person can do about it. */
const KEY_ADVICE: Readonly<Record<(typeof LISTED_PROVIDERS)[number], string>> = {
  'lambda-labs':
    'Lambda Labs has one kind of key: it can do everything with the account. Keep it nowhere else.',
  vast: 'Vast.ai does not tell what a key may do. Give Drover a scoped one: instance_read and instance_write.',
  runpod:
    'RunPod does not tell what a key may do. Give Drover a restricted one: pods read and write, nothing else.',
};

const inputSchema = z.object({
  provider: providerSchema.pipe(z.enum(LISTED_PROVIDERS)),
  keyFile: z.string().min(1).optional(),
});

const readKey = async (session: Session, provider: string, keyFile: string | undefined): Promise<string> => {
  const { io } = session;
  const text =
    keyFile === undefined ? await io.readSecret(`API key of ${provider}: `) : await io.readFile(keyFile);
  const key = text.trim();
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new UsageError(
      'that is no API key: it is empty or has blanks. Type it at the prompt, pipe it in, or name its file with --key-file',
    );
  return key;
};

/** Lists with the key before it is stored: one that does not work never replaces one that does. */
const login = async (input: z.infer<typeof inputSchema>, session: Session): Promise<void> => {
  const { stores, audit, installation } = await session.connect();
  const { io, screen } = session;
  const { provider } = input;
  const key = await readKey(session, provider, input.keyFile);
  // An embedded cloud has simulators of its own: a key for them is no business of the real provider's.
  const baseUrl = io.environment[baseUrlVariable(provider)] ?? installation.profile.providerUrls?.[provider];
  const adapter = providerFactories[provider]({
    apiKey: async () => key,
    reloadApiKey: async () => key,
    fetch: globalThis.fetch,
    clock: io.clock,
    wait: (milliseconds, signal) => io.sleep(milliseconds / 1000, signal),
    ...(baseUrl === undefined ? {} : { baseUrl }),
  });
  let instances: Awaited<ReturnType<typeof adapter.listInstances>>;
  try {
    instances = await adapter.listInstances();
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    throw new PermanentError(`the key was not stored, because a list with it failed: ${error.message}`, {
      cause: error,
    });
  }
  await audit({
    subject: `provider:${provider}`,
    action: 'store-provider-key',
    reason: 'drover providers login',
    evidence: { instances: instances.length },
  });
  await stores.providerSecrets.write(provider, JSON.stringify({ apiKey: key }));
  screen.show(
    { provider, stored: true, instances: instances.length, advice: KEY_ADVICE[provider] },
    () =>
      `The key of ${provider} works (${instances.length} instances listed) and is stored. It is in use within five minutes.\n${KEY_ADVICE[provider]}`,
  );
};

const addProviderLoginCommand = (providers: Command, host: CommandHost): void =>
  defineCommand(providers, host, {
    usage: 'login <provider>',
    description: 'Check a key of lambda-labs, vast or runpod by listing with it, and store it',
    options: [
      { flags: '--key-file <path>', description: 'the file with the key; else the prompt or standard input' },
    ],
    input: inputSchema,
    examples: ['drover providers login vast', 'drover providers login runpod --key-file ~/runpod.key'],
    run: login,
  });

export { addProviderLoginCommand };
