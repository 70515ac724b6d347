import * as z from 'zod';

const environmentSchema = z.object({
  AWS_ACCESS_KEY_ID: z.string().min(1),
  AWS_SECRET_ACCESS_KEY: z.string().min(1),
  AWS_SESSION_TOKEN: z.string().min(1).optional(),
});

interface LambdaCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * Lambda gives a function its role's keys in its environment, and nowhere else. The bundles have this in place of
 * the SDK's chain of providers (files, SSO, instance metadata, …), which is 90 kB that a function never uses.
 * The name is what the SDK's clients import.
 * @throws ZodError when a key is missing; its message has names, never values
 */
const defaultProvider =
  (_options?: unknown, environment: Readonly<Record<string, string | undefined>> = process.env) =>
  async (): Promise<LambdaCredentials> => {
    const {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
    } = environmentSchema.parse(environment);
    return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  };

export type { LambdaCredentials };
export { defaultProvider };
