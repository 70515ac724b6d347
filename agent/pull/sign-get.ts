import type { S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { InvariantError } from '../../lib/errors.ts';
import type { SignedRequest } from './http-message.ts';

const requestSchema = z.object({
  protocol: z.string(),
  hostname: z.string(),
  port: z.number().optional(),
  path: z.string(),
  query: z.record(z.string(), z.union([z.string(), z.array(z.string()), z.null()])).optional(),
  headers: z.record(z.string(), z.string()),
});

const queryText = (query: z.infer<typeof requestSchema>['query'] = {}): string => {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(one ?? '')}`),
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
};

/** The GET of a range, with endpoint and signature as the SDK makes them, but not sent: the way that the SDK's presigner goes, too. */
const signGet = async (
  client: S3Client,
  place: { readonly bucket: string; readonly key: string; readonly range: string },
): Promise<SignedRequest> => {
  const { GetObjectCommand } = await import('@aws-sdk/client-s3');
  const command = new GetObjectCommand({ Bucket: place.bucket, Key: place.key, Range: place.range });
  let captured: unknown;
  command.middlewareStack.add(
    () => async (step) => {
      captured = step.request;
      return { response: undefined, output: { $metadata: {} } };
    },
    { step: 'deserialize', priority: 'high', name: 'captureSignedRequest' },
  );
  await client.send(command);
  const request = requestSchema.safeParse(captured);
  if (!request.success) {
    throw new InvariantError('the SDK signed no request that this agent can read', { cause: request.error });
  }
  const { protocol, hostname, port, path, query, headers } = request.data;
  return { protocol, hostname, port, path: `${path}${queryText(query)}`, headers };
};

export { signGet };
